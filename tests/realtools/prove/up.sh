#!/usr/bin/env bash
# Whole systems run from their generated files: docker compose up --wait with stand-in images that are
# strict about their variables, their connections and their health path; then the routes, through the
# real Traefik. Each cases/EXAMPLE/up.sh says which environment, which stand-ins and what must answer.
. "$(dirname "$0")/../lib.sh"
. "$kit/examples.sh"
networks=()
cleanup() {
  [ -z "${up:-}" ] || "${compose[@]}" -p specc-up down -v -t 2
  for n in "${networks[@]}"; do docker network rm "$n"; done
}
standin() { bash "$kit/images.sh" app "$@" >"$tmp/log" 2>&1 || die "$(tail -n 2 "$tmp/log")"; }
# route WHAT PORT HOST PATH: answers 200 through the proxy. Traefik takes a container up to 2 s after it
# became healthy, so always with some patience.
route() {
  if until_ok 20 is_200 "http://127.0.0.1:$2$4" "$3"; then ok "$1"; else bad "$1: $(code "http://127.0.0.1:$2$4" "$3")"; fi
}
# replicas SERVICE: how many containers of it run
replicas() { "${compose[@]}" -p specc-up ps -q "$1" | wc -l; }
# variable SERVICE NAME: what the processes of a service have, each different value once
variable() {
  for id in $("${compose[@]}" -p specc-up ps -q "$1"); do
    docker exec -u 0 "$id" cat /proc/1/environ | tr '\0' '\n' | sed -n "s/^$2=//p"
  done | sort -u | paste -sd' '
}

for case in "$kit"/cases/*/up.sh; do
  example=$(basename "$(dirname "$case")")
  [ -d "$EXAMPLES/$example" ] || { bad "there is no examples/$example"; continue; }
  environment=
  # shellcheck disable=SC1090
  . "$case"                                   # sets $environment; defines images and checks
  stage "$example" || continue
  cd "$stage"
  fill_env "$example" || { bad "$example: no env files from its templates"; continue; }
  choose "$example" compose
  IFS='|' read -r _ _ _ files env_files _ < <(grep "^$environment|" <<<"$chosen") || { bad "$example has no compose environment $environment"; continue; }
  compose_of "$files" "$env_files"
  images
  for image in $("${compose[@]}" config --images); do
    docker image inspect "$image" >/dev/null 2>&1 || passes "$example: a stand-in for $image" bash "$kit/images.sh" "$image" || true
  done
  for n in $("${compose[@]}" config --format json | json "' '.join(v['name'] for v in d.get('networks', {}).values() if v.get('external'))"); do
    docker network inspect "$n" >/dev/null 2>&1 || { docker network create "$n" >/dev/null && networks+=("$n"); }
  done
  start=$SECONDS up=1
  if "${compose[@]}" -p specc-up up -d --wait --wait-timeout 120 >"$tmp/log" 2>&1; then
    ok "$example: up --wait: everything healthy ($((SECONDS - start)) s)"
    checks
  else
    bad "$example: up --wait: $(tail -n 3 "$tmp/log")"
    "${compose[@]}" -p specc-up ps -a --format '{{.Service}} {{.State}} {{.Health}} {{.ExitCode}}'
    "${compose[@]}" -p specc-up logs --tail 3 2>&1 | tail -n 30
  fi
  "${compose[@]}" -p specc-up down -v -t 2 >/dev/null 2>&1; up=
  expect "$example: down leaves nothing behind" "" "$(docker ps -aq --filter label=com.docker.compose.project=specc-up)"
done
finish
