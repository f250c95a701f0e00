#!/usr/bin/env bash
# A new version on one machine with docker compose, without a dropped request: behind Traefik over a real sshd, behind
# nginx on the machine itself. Requests of all kinds come all the time (new and kept connections, bodies, answers that
# take longer than the old version has to stop) while a second version comes, while a broken one is turned away, and
# while a deployment is killed half way and done again.
. "$(dirname "$0")/../lib.sh"
. "$kit/examples.sh"
. "$kit/deploying.sh"
port=2232
cleanup() {
  touch "$tmp/stop"
  for project in kiosk-traefik kiosk-nginx; do
    docker ps -aq --filter "label=com.docker.compose.project=$project" | xargs -r docker rm -f
    docker network ls -q --filter "label=com.docker.compose.project=$project" | xargs -r docker network rm
    docker volume ls -q --filter "label=com.docker.compose.project=$project" | xargs -r docker volume rm
  done
  stop_sshd
}
# ids SERVICE..: their containers, those that have ended as well
ids() {
  local service
  for service; do
    docker ps -aq --filter "label=com.docker.compose.project=$project" --filter "label=com.docker.compose.service=$service" | sort
  done | paste -sd' '
}
version() { curl -s -m 3 -H 'Host: kiosk.localhost' "$url$1/_/env" | json 'd["VERSION"]' 2>/dev/null || echo none; }
versions() { echo "$(for _ in 1 2 3 4 5 6; do version ""; done | sort -u | paste -sd' ') $(version /admin)"; }
killed_at() { # killed_at LINE DIR: the deployment has come that far, and nobody cleans up
  until_ok 60 grep -q "^== $1" "$tmp/log" || bad "$script: did not get to: $1"
  kill_there "--on-host|scripts/$script" "$2"
  kill -9 "$deploying" 2>/dev/null || true
  wait "$deploying" 2>/dev/null || true
}

bash "$kit/images.sh" traefik:v3.6 redis:7-alpine nginx:1.22 >/dev/null || die "no images"
shop() { bash "$kit/images.sh" app "$@" env=API_KEY dial=REDIS_URL >/dev/null || die "no image"; }
for v in 1 2; do shop "proof/kiosk:$v" ports=8000 health=/health extra="ENV VERSION=$v"; done
shop proof/kiosk:broken ports=8000 health=/nothing extra="ENV VERSION=3"
wrap_docker
start_sshd
stage blue-green || finish
cd "$stage"
passes "shellcheck finds nothing in the scripts" shellcheck scripts/*.sh || true
printf 'API_KEY=key\nREDIS_URL=redis://store:6379/0\n' >.env

# beside SCRIPT PROJECT URL DIR KILLED_AT
beside() {
  local kept
  script=$1 project=$2 url=$3
  TAG=1 deploy "$script" || { bad "$script: $(tail -n 5 "$tmp/log")"; return; }
  until_ok 20 is_200 "$url/health" kiosk.localhost || die "no route to the shop"
  until_ok 20 is_200 "$url/admin/health" kiosk.localhost || die "no route to its administration"
  expect "$script: the first version runs" "1 1" "$(versions)"

  kept=$(ids store proxy)
  ask_always "$url" kiosk.localhost
  TAG=2 deploy "$script" || bad "$script: the second version: $(tail -n 5 "$tmp/log")"
  expect "$script: the second version runs" "2 2" "$(versions)"
  no_failure "$script: while the second version comes"
  expect "$script: nothing of the first is left" "2 1 1" "$(wc -w <<<"$(ids web)") $(wc -w <<<"$(ids admin)") $(wc -w <<<"$(ids clock)")"
  expect "$script: what has not changed stays" "$kept" "$(ids store proxy)"

  kept=$(ids web admin clock store proxy)
  ask_always "$url" kiosk.localhost
  if TAG=broken deploy "$script"; then bad "$script: a broken version was taken for a good one"; fi
  expect "$script: a broken version is told, with the reason" "deploy: rolled back: the new web is not healthy: curl: (22) The requested URL returned error: 404" \
    "$(grep '^deploy: ' "$tmp/log" | sed 's/error: 404.*/error: 404/')"
  no_failure "$script: while a broken version comes"
  expect "$script: the containers of before serve as before" "$kept 2 2" "$(ids web admin clock store proxy) $(versions)"
  expect "$script: the log of deployments has it" "rolled back" "$(last_audit "$4")"

  rm -f "$tmp/log"
  ask_always "$url" kiosk.localhost
  TAG=1 deploy "$script" & deploying=$!
  killed_at "$5" "$4"
  TAG=1 DEPLOY_LOCK_TIMEOUT=30 deploy "$script" || bad "$script: after one that was killed: $(tail -n 5 "$tmp/log")"
  expect "$script: one that was killed at '$5' is done again and ends right" "1 1 2 1 1" \
    "$(versions) $(wc -w <<<"$(ids web)") $(wc -w <<<"$(ids admin)") $(wc -w <<<"$(ids clock)")"
  no_failure "$script: meanwhile"

  kept=$(ids web admin clock store proxy)
  TAG=1 deploy "$script" || bad "$script: the same again: $(tail -n 5 "$tmp/log")"
  expect "$script: the same again changes nothing" "$kept" "$(ids web admin clock store proxy)"
}
no_failure() {
  local told
  asked
  told=$(<"$tmp/asked")
  if [[ $told =~ ^([0-9]+)\ requests,\ 0\ failed ]] && [ "${BASH_REMATCH[1]}" -gt 100 ]; then ok "$1: $told"; else bad "$1: $told"; fi
}

host=$tmp/host
beside deploy-traefik.sh kiosk-traefik http://127.0.0.1:8025 "$host" "switch to the new version"
PATH=$tmp/bin:$PATH beside deploy-nginx.sh kiosk-nginx http://127.0.0.1:8026 "$stage" "start the new web"
# The same requests do notice a version that just stops.
ask_always "$url" kiosk.localhost
sleep 1
read -ra web < <(ids web)
docker stop -t 1 "${web[@]}" >/dev/null
sleep 1
docker start "${web[@]}" >/dev/null
asked
if [[ $(<"$tmp/asked") =~ \ 0\ failed ]]; then bad "nobody has noticed that all containers were away"; else ok "a service that is away is noticed"; fi
finish
