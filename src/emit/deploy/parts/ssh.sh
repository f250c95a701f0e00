# ---- the way to the host ----

# remote SCRIPT ARG..: run a piece of bash on the host. Its arguments arrive as they are, whatever is in them.
remote() {
  local script=$1; shift
  ssh "${ssh_options[@]}" -- "$host" "exec bash -c$(quoted "$script" deploy "$@")"
}

# on_host: run this very script on the host, with what is known here.
on_host() {
  local name
  if [ "$dry_run" = yes ]; then
    for name in "${used[@]}"; do given[$name]=${!name-}; done
  fi
  {
    # A variable is told by standard input: what stands on a command line, every user of the host can read.
    printf 'declare -A given=()\n'
    for name in "${!given[@]}"; do printf 'given+=([%s]=%s)\n' "$name" "$(word "${given[$name]}")"; done
    printf 'inherited=(%s)\n' "$(quoted "dry_run=$dry_run" "commit=$commit" "deployer=$deployer" "lock_timeout=$lock_timeout" "dir=$dir" "${only[@]/#/only=}" \
      "incoming=${incoming#"$dir/"}" "${expected[@]/#/expected=}")"
    cat "$self"
  } | ssh "${ssh_options[@]}" -- "$host" 'exec bash -s -- --on-host'
}
