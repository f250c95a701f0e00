# ---- the deployment itself, on the host ----

ask_once() {
  if [ -n "$inside" ]; then ask_inside "$1"; else curl -fsS -m 10 -o /dev/null -- "$1"; fi
}

work() {
  stage=waiting
  trap ended EXIT
  trap 'reason=${reason:-this failed: $BASH_COMMAND}' ERR
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  needs_tools docker flock "${host_tools[@]}"
  if ! cd -- "$dir" 2>/dev/null; then
    [ "$dry_run" = yes ] || die "there is no directory $dir"
    note "there is no directory $dir yet"
  else
    lock
  fi
  stage=preparing
  get_tree
  load_variables
  settings
  if [ "$dry_run" = no ] || [ -f "${env_files[0]-}" ]; then check_variables; fi
  check_engine
  make_networks
  check_volumes
  make_directories
  lines "before" "${before[@]}"
  get_images
  stage=changing
  run_jobs
  start
  if [ ${#urls[@]} -gt 0 ]; then step "verify"; fi
  ask
  smoke
  stage=finished
  retire
  keep
  prune
  lines "after" "${after[@]}"
  if [ "$dry_run" = no ]; then step "$environment runs $commit"; fi
}
