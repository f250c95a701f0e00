# ---- copying ----

# files holds three words for each file: its mode, where it lies here, where it goes on the host.
check_files() {
  local i
  for ((i = 0; i < ${#files[@]}; i += 3)); do
    [ -f "${files[i + 1]}" ] || die "there is no ${files[i + 1]}"
  done
}

# mode_of WORD FILE: the mode that the file is to have on the host.
mode_of() {
  if [ "$1" != keep ]; then echo "$1"; elif [ -x "$2" ]; then echo 755; else echo 644; fi
}

# send_files: copy those that differ into a folder of their own; the host puts them in place under its lock.
send_files() {
  local i n=0 stage here there=() targets=()
  for ((i = 0; i < ${#files[@]}; i += 3)); do targets+=("${files[i + 2]}"); done
  # shellcheck disable=SC2016
  mapfile -t there < <(remote 'cd -- "$1" 2>/dev/null || cd /; shift
    for file; do
      if [ -f "$file" ]; then printf "%s %s\n" "$(stat -c %a -- "$file")" "$(sha256sum <"$file" | cut -d" " -f1)"; else echo -; fi
    done' "$dir" "${targets[@]}")
  [ ${#there[@]} = ${#targets[@]} ] || die "cannot look at the files on $host"
  stage=$(mktemp -d)
  expected=()
  for ((i = 0; i < ${#files[@]}; i += 3)); do
    here="$(mode_of "${files[i]}" "${files[i + 1]}") $(hash_of "${files[i + 1]}")"
    expected+=("$here")
    if [ "$here" = "${there[i / 3]}" ]; then continue; fi
    if [ "${there[i / 3]}" = - ]; then note "new      ${files[i + 2]}"; else note "changed  ${files[i + 2]}"; fi
    cp -- "${files[i + 1]}" "$stage/$((i / 3))"
    n=$((n + 1))
  done
  note "$n of ${#targets[@]} files differ"
  if [ "$dry_run" = yes ]; then rm -rf "$stage"; return; fi
  # shellcheck disable=SC2016
  incoming=$(remote 'umask 077 && mkdir -p -- "$1/.deploy" && mktemp -d "$1/.deploy/incoming.XXXXXX"' "$dir")
  # shellcheck disable=SC2016
  tar -C "$stage" -cf - . | remote 'tar -C "$1" -xf -' "$incoming"
  rm -rf "$stage"
}

# get_tree: on the host, put what has arrived in place, each file at once.
get_tree() {
  local i target mode
  if [ -z "$incoming" ]; then return; fi   # a dry run
  for ((i = 0; i < ${#files[@]}; i += 3)); do
    target=${files[i + 2]} mode=${expected[i / 3]%% *}
    if [ -f "$incoming/$((i / 3))" ]; then
      mkdir -p -- "$(dirname -- "$target")"
      [ ! -d "$target" ] || die "$target is a directory on the host: a container was started before the file was there; remove it"
      install -m "$mode" -- "$incoming/$((i / 3))" "$target.new"
      mv -f -- "$target.new" "$target"
    fi
    [ "$mode $(hash_of "$target")" = "${expected[i / 3]}" ] || die "$target was changed by somebody else meanwhile; run this again"
  done
  rm -rf -- .deploy/incoming.*
}

#if rollback
# restore_tree: the files of the last deployment that worked, in their places.
restore_tree() {
  local i
  [ -f .deploy/good/state ] || return 0
  # shellcheck source=/dev/null
  . .deploy/good/state
  for ((i = 0; i < ${#good_files[@]}; i += 2)); do
    install -m "${good_files[i]}" -- ".deploy/good/$((i / 2))" "${good_files[i + 1]}.new"
    mv -f -- "${good_files[i + 1]}.new" "${good_files[i + 1]}"
  done
}

#end
deploy_to() {
  step "copy to $host:$dir"
  send_files
  on_host
}

main() {
  if [ "${1-}" = --on-host ]; then work; exit; fi
  begin "$@"
  needs_tools ssh tar git
#if secrets
  make_secrets
#end
  load_variables
#if checked
  check_variables
#end
  way
  check_files
  each_host
#if followed
  follow
#end
}
