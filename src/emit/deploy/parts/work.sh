# ---- the deployment itself, on the host ----

work() {
  stage=waiting
  trap ended EXIT
  trap 'reason=${reason:-this failed: $BASH_COMMAND}' ERR
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
#if host_tools
  needs_tools docker flock "${host_tools[@]}"
#else
  needs_tools docker flock
#end
#if remote
  if ! cd -- "$dir" 2>/dev/null; then
    [ "$dry_run" = yes ] || die "there is no directory $dir"
    note "there is no directory $dir yet"
  else
    lock
  fi
#else
  lock
#end
  stage=preparing
#if remote
  get_tree
  load_variables
  settings
#end
#if hostname
  export HOSTNAME   # where nobody has set it, each machine says its own name
#end
#if checked
#if env
  if [ "$dry_run" = no ] || [ -f "${env_files[0]}" ]; then check_variables; fi
#else
  check_variables
#end
#end
  check_engine
#if networks
  make_networks
#end
#if volumes
  check_volumes
#end
#if directories
  make_directories
#end
#if before
  lines "before" "${before[@]}"
#end
#if !swarm
  get_images
#end
  stage=changing
#if !swarm
  drop_half_made
#end
#if ahead
  run_jobs
#end
  start
#if urls
  ask
#end
#if smoke
  smoke
#end
  stage=finished
#if bluegreen
  retire
#end
#if rollback
  keep
#end
#if prune
  prune
#end
#if after
  lines "after" "${after[@]}"
#end
  if [ "$dry_run" = no ]; then step "$environment runs $commit"; fi
}
#if smoke

smoke() {
#if smoke_when
  if [ -z "${!smoke_when-}" ]; then note "no smoke test: $smoke_when is not set"; return; fi
#end
  lines "smoke test" "$smoke"
}
#end
