# each_host: HOST, or HOST:SERVICE,SERVICE for some of the services only.
each_host() {
  local word failed=()
#if optional
  if [ -z "${hosts//[[:space:]]/}" ]; then note "no host is set, so there is nothing to do"; return; fi
#else
  [ -n "${hosts//[[:space:]]/}" ] || die "no host is set"
#end
  for word in $hosts; do
    host=${word%%:*} only=()
    if [ "$word" != "$host" ]; then IFS=, read -ra only <<<"${word#*:}"; fi
    # Not `deploy_to || …`: in front of that, bash does not stop at errors.
    set +e
    (set -e; deploy_to)
    # shellcheck disable=SC2181
    [ $? = 0 ] || failed+=("$host")
    set -e
  done
  [ ${#failed[@]} = 0 ] || die "not deployed to: ${failed[*]}"
}
