#!/usr/bin/env bash
# Deploy scripts run: over a real sshd to the real one-node Swarm, then with docker compose in the three ways that it
# knows. A second version comes under constant requests, a third is broken and goes back, and one that was killed half
# way is repeated. What a person writes into the spec or the env files stays data, whatever it is.
. "$(dirname "$0")/../lib.sh"
. "$kit/examples.sh"
. "$kit/deploying.sh"
port=2231
stack=shop-stage
cleanup() {
  touch "$tmp/stop"
  for script in "$tmp"/*.running; do [ ! -f "$script" ] || kill "$(cat "$script")"; done
  stack_rm "$stack"
  for project in shop-box shop-clone shop-local; do
    docker ps -aq --filter "label=com.docker.compose.project=$project" | xargs -r docker rm -f
    docker network ls -q --filter "label=com.docker.compose.project=$project" | xargs -r docker network rm
    docker volume ls -q --filter "label=com.docker.compose.project=$project" | xargs -r docker volume rm
  done
  docker volume rm "${stack}_stored"
  stop_sshd
}
bash "$kit/images.sh" traefik:v3.6 redis:7-alpine >/dev/null || die "no images"
for version in 1 2; do
  bash "$kit/images.sh" app "proof/shop:$version" ports=8000 health=/health env=API_KEY,GREETING dial=REDIS_URL oneshot=prepare,head bin=upgrade,prepare extra="ENV VERSION=$version" >/dev/null || die "no image"
done
bash "$kit/images.sh" app proof/shop:broken ports=8000 health=/nothing env=API_KEY dial=REDIS_URL oneshot=prepare,head bin=upgrade,prepare extra="ENV VERSION=3" >/dev/null
wrap_docker
start_sshd
stage deploy || finish
cd "$stage"
passes "shellcheck finds nothing in the scripts" shellcheck scripts/*.sh || true
git init -q . && printf '.env*\n' >.gitignore && git add -A && git -c user.name=t -c user.email=t@example.com commit -qm all

# --- Swarm -----------------------------------------------------------------------------------------
version() { curl -s -m 3 -H 'Host: shop.localhost' http://127.0.0.1:8021/_/env | json 'd["VERSION"]' 2>/dev/null || echo none; }
printf 'GREETING=hello\nAPI_KEY=\nREDIS_URL=redis://store:6379/0\nSHOP_STAGE=stage\n' >.env
if TAG=1 deploy deploy-stage.sh; then bad "a secret without a value was deployed"; else expect "a missing secret is told by its name" 1 "$(lines 'without a value in .env: API_KEY')"; fi
# shellcheck disable=SC2016
# shellcheck disable=SC2016
printf 'GREETING=hello\nAPI_KEY=it$(touch %s/pwned)s "5"\nREDIS_URL=redis://store:6379/0\nSHOP_STAGE=box\n' "$tmp" >.env
if TAG=1 deploy deploy-stage.sh; then bad "the env file of another environment was deployed"; else expect "the env file of another environment is refused" 1 "$(lines 'SHOP_STAGE')"; fi
sed -i 's/=box$/=stage/' .env
if TAG=1 deploy deploy-stage.sh --dry-run; then
  expect "a dry run tells what it would do" "1 1" "$(lines 'would run: docker stack deploy .*stack.yml') $(lines 'new      stack.yml')"
  expect "and leaves nothing on the host" absent "$([ -e "$host" ] && echo there || echo absent)"
else bad "dry run: $(tail -n 3 "$tmp/log")"; fi
begun=$SECONDS
TAG=1 deploy deploy-stage.sh || { cat "$tmp/log"; die "the first deployment failed"; }
until_ok 20 is_200 http://127.0.0.1:8021/health shop.localhost || die "no route to the shop"
expect "the first version runs ($((SECONDS - begun)) s)" 1 "$(version)"
expect "nothing in an env file is run" absent "$([ -e "$tmp/pwned" ] && echo there || echo absent)"
expect "the env file on the host is for nobody else" 600 "$(stat -c %a "$host/.env")"
expect "the job and the migration have ended and are gone" "proxy store web" \
  "$(docker stack services "$stack" --format '{{.Name}}' | sed "s/^${stack}_//" | sort | paste -sd' ')"
expect "what a value holds reaches the process as it is" "it\$(touch $tmp/pwned)s \"5\"" \
  "$(curl -s -m 3 -H 'Host: shop.localhost' http://127.0.0.1:8021/_/env | json 'd["API_KEY"]')"
TAG=1 deploy deploy-stage.sh || bad "the same again: $(tail -n 3 "$tmp/log")"
expect "the same again copies nothing" 1 "$(lines '0 of 4 files differ')"

# Ask all the time (at most 90 s) while the second version comes.
rm -f "$tmp/stop"
( end=$((SECONDS + 90)); while [ $SECONDS -lt $end ] && [ ! -e "$tmp/stop" ]; do code http://127.0.0.1:8021/health shop.localhost; echo; sleep 0.02; done >"$tmp/codes" ) &
TAG=2 deploy deploy-stage.sh || bad "the second version: $(tail -n 5 "$tmp/log")"
touch "$tmp/stop"; wait $! || true
expect "the second version runs" 2 "$(version)"
expect "statuses seen meanwhile ($(wc -l <"$tmp/codes") requests)" 200 "$(sort -u "$tmp/codes" | paste -sd' ')"

if TAG=broken deploy deploy-stage.sh; then bad "a broken version was taken for a good one"; else ok "a broken version ends the deployment with $?"; fi
expect "it says why" 1 "$(grep -c '^deploy: rolled back: web: Swarm has taken it back' "$tmp/log" || true)"
expect "and the second version runs again" 2 "$(version)"
expect "the log of deployments has it" "rolled back" "$(last_audit "$host")"
# Stopped where it hurts: the job of the third version has begun, and nobody cleans up.
rm -f "$tmp/log"
TAG=1 deploy deploy-stage.sh & deploying=$!
until_ok 40 grep -q 'deploy the stack' "$tmp/log" || bad "the deployment did not get to the stack"
kill_there --on-host "$host"
kill -9 "$deploying" 2>/dev/null || true; wait "$deploying" 2>/dev/null || true
TAG=1 DEPLOY_LOCK_TIMEOUT=30 deploy deploy-stage.sh || bad "after one that was killed: $(tail -n 5 "$tmp/log")"
expect "one that was killed is noticed" 1 "$(lines 'the last deployment did not end')"
expect "and repeated, it ends right" 1 "$(version)"
expect "nothing is left over" "" "$(cd "$host/.deploy" && { ls -d incoming.* running 2>/dev/null || true; })"
flock "$host/.deploy/lock" sleep 60 & held=$!
sleep 0.5
if TAG=2 deploy deploy-stage.sh; then bad "two deployments at once"; else expect "a second deployment at the same time is refused" 1 "$(lines 'another deployment is running')"; fi
kill $held 2>/dev/null || true

# --- docker compose ------------------------------------------------------------------------------
stack_rm "$stack"
answer() { curl -s -m 3 "http://127.0.0.1:$1/_/env" | json 'd["VERSION"]' 2>/dev/null || echo none; }
# by_compose SCRIPT PORT DIR: a first version, a second, a broken one that goes back, one that was killed
by_compose() {
  local script=$1 at=$2 where=$3
  TAG=1 deploy "$script" || { bad "$script: $(tail -n 5 "$tmp/log")"; return; }
  expect "$script: the first version runs" 1 "$(answer "$at")"
  TAG=2 deploy "$script" || bad "$script: the second version: $(tail -n 5 "$tmp/log")"
  expect "$script: the second version runs" 2 "$(answer "$at")"
  if TAG=broken deploy "$script"; then bad "$script: a broken version was taken for a good one"; fi
  expect "$script: a broken one goes back, and says so" "1 2" "$(lines '^deploy: rolled back: not everything runs and is healthy') $(answer "$at")"
  expect "$script: the log of deployments has it" "rolled back" "$(last_audit "$where")"
  rm -f "$tmp/log"
  TAG=1 deploy "$script" & deploying=$!
  until_ok 40 grep -q '^== start' "$tmp/log" || bad "$script: did not get to the start"
  kill_there "--on-host|scripts/$script" "$where"
  kill -9 "$deploying" 2>/dev/null || true; wait "$deploying" 2>/dev/null || true
  TAG=1 DEPLOY_LOCK_TIMEOUT=30 deploy "$script" || bad "$script: after one that was killed: $(tail -n 5 "$tmp/log")"
  expect "$script: one that was killed is repeated and ends right" 1 "$(answer "$at")"
}
values() { printf 'GREETING=hello\nAPI_KEY=key\nREDIS_URL=redis://store:6379/0\nSHOP_STAGE=%s\n' "$1"; }
rm -rf "$host"
values box >.env.box
by_compose deploy-box.sh 8022 "$host"
expect "the line before it has run there" there "$([ -d "$host/data" ] && echo there || echo absent)"

git clone -q --bare . "$tmp/origin.git" && git remote add origin "$tmp/origin.git"
git -C "$tmp/origin.git" branch -q -M main
rm -rf "$host" && git clone -q "$tmp/origin.git" "$host" && values clone >"$host/.env.clone"
by_compose deploy-clone.sh 8023 "$host"
expect "the host has the commit that was checked out here" "$(git rev-parse HEAD)" "$(git -C "$host" rev-parse HEAD)"
git -c user.name=t -c user.email=t@example.com commit -q --allow-empty -m unpushed
if TAG=1 deploy deploy-clone.sh; then bad "a commit that the host cannot get was deployed"; else expect "a commit that was not pushed is refused" 1 "$(lines '^deploy: .*push it first')"; fi

values local >.env.local
PATH=$tmp/bin:$PATH by_compose deploy-local.sh 8024 "$stage"
expect "the line after it has run each time" 3 "$(grep -c "it's up" deployed.txt)"
finish
