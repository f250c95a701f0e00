# ---- the old version stops, the new one starts ----

start() {
#if several
  local wanted=("${services[@]}")
  if [ ${#only[@]} -gt 0 ]; then wanted=("${only[@]}"); fi
#end
  step "start"
#if orphans
  up_options=(--remove-orphans)
#end
#if several
  up "${wanted[@]}" || die "not everything runs and is healthy"
#else
  up "${services[@]}" || die "not everything runs and is healthy"
#end
  steady
}

#if rollback
go_back() {
  restore_good
  up_options=(--force-recreate)
  up "${good_services[@]}"
  note "runs again as of $good_commit"
}
#end

#if inside
ask_once() { compose exec -T "$inside" "${client[@]}" "$1" </dev/null; }
#end
