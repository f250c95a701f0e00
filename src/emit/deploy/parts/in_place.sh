# ---- the old version stops, the new one starts ----

start() {
  local wanted=("${services[@]}") options=(--detach --no-deps --wait --wait-timeout "$timeout")
  step "start"
  if [ ${#only[@]} -gt 0 ]; then wanted=("${only[@]}"); fi
  if [ "$remove_orphans" = yes ]; then options+=(--remove-orphans); fi
  run compose up "${options[@]}" "${wanted[@]}" || die "not everything runs and is healthy"
  steady
}

drop_new() { :; }   # the old version is gone already
retire() { :; }

go_back() {
  restore_good
  compose up --detach --no-deps --force-recreate --wait --wait-timeout "$timeout" "${good_services[@]}"
  note "runs again as of $good_commit"
}

ask_inside() { compose exec -T "$inside" "${client[@]}" "$1" </dev/null; }
