# ---- the old version stops, the new one starts ----

start() {
  local wanted=("${services[@]}") up_options=()
  step "start"
  if [ ${#only[@]} -gt 0 ]; then wanted=("${only[@]}"); fi
  if [ "$remove_orphans" = yes ]; then up_options+=(--remove-orphans); fi
  up "${wanted[@]}" || die "not everything runs and is healthy"
  steady
}

drop_new() { :; }   # the old version is gone already
retire() { :; }

go_back() {
  restore_good
  up_options=(--force-recreate)
  up "${good_services[@]}"
  note "runs again as of $good_commit"
}

ask_inside() { compose exec -T "$inside" "${client[@]}" "$1" </dev/null; }
