# ---- the way to the host ----

#if push
# remote SCRIPT ARG..: run a piece of bash on the host. Its arguments arrive as they are, whatever is in them.
remote() {
  local script=$1; shift
  ssh "${ssh_options[@]}" -- "$host" "exec bash -c$(quoted "$script" deploy "$@")"
}

#end
# told NAME VALUE: a line that sets the variable on the host.
told() { printf '%s=%s\n' "$1" "$(word "$2")"; }

# on_host: run this very script on the host, after lines that tell what is known here. They come by standard input: what
# stands on a command line, every user of the host can read.
on_host() {
  local name
#if used
  if [ "$dry_run" = yes ]; then
    for name in "${used[@]}"; do given[$name]=${!name-}; done
  fi
#end
  {
    for name in dry_run commit deployer lock_timeout dir; do told "$name" "${!name}"; done
#if several
    printf 'only=(%s)\n' "$(quoted "${only[@]}")"
#end
#if push
    told incoming "${incoming#"$dir/"}"
    printf 'expected=(%s)\n' "$(quoted "${expected[@]}")"
#end
#if given_or_used
    printf 'declare -A given=()\n'
    for name in "${!given[@]}"; do printf 'given+=([%s]=%s)\n' "$name" "$(word "${given[$name]}")"; done
#end
    cat "$self"
  } | ssh "${ssh_options[@]}" -- "$host" 'exec bash -s -- --on-host'
}
