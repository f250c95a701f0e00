#!/usr/bin/env bash
# A Swarm stack behind Traefik's Swarm provider: names, ports and routes carry traffic on this kernel (with
# swarm_local.py where it lacks IPVS), and a rolling update fails no request.
. "$(dirname "$0")/../../lib.sh"
name=self-swarm
cleanup() {
  touch "$tmp/stop"
  stack_rm "$name"
}
deploy() {
  RELEASE=$1 docker stack config -c stack.yml 2>"$tmp/log" | for_this_machine >"$tmp/local.yml"
  timeout 90 docker stack deploy --resolve-image never --detach=false -c "$tmp/local.yml" $name >"$tmp/log" 2>&1 || die "$(tail -n 5 "$tmp/log")"
}
release() { curl -s -m 5 -H 'Host: web.localhost' http://127.0.0.1:8002/_/env | json 'd["RELEASE"]'; }

bash "$kit/images.sh" traefik:v3.6 >/dev/null
bash "$kit/images.sh" app self/web:local ports=8000 health=/health env=RELEASE >/dev/null
if docker stack config -c stack.yml >/dev/null 2>&1; then bad "config without RELEASE was accepted"; else ok "a missing \${RELEASE:?} is refused"; fi
deploy 1
until_ok 20 is_200 http://127.0.0.1:8002/health web.localhost || die "no route to the service"
ok "the stack is up and routed"
expect "two replicas run" 2/2 "$(docker service ls -f name=${name}_web --format '{{.Replicas}}')"
expect "a host that is not routed gets 404" 404 "$(code http://127.0.0.1:8002/health other.localhost)"
passes "a published port answers" until_ok 15 is_200 http://127.0.0.1:8007/health || true
passes "a service is reached by its name" until_ok 10 docker exec "$(docker ps -q --filter name=${name}_web.1)" curl -fs -m 2 http://back:8000/health || true

# Ask all the time (at most 60 s) while the update runs.
( end=$((SECONDS + 60)); while [ $SECONDS -lt $end ] && [ ! -e "$tmp/stop" ]; do code http://127.0.0.1:8002/health web.localhost; echo; sleep 0.02; done >"$tmp/codes" ) &
deploy 2
until_ok 40 bash -c "docker service inspect ${name}_web -f '{{.UpdateStatus.State}}' | grep -qx completed" || bad "the update did not complete"
touch "$tmp/stop"; wait
expect "the new release answers" 2 "$(release)"
expect "statuses seen during the update ($(wc -l <"$tmp/codes") requests)" 200 "$(sort -u "$tmp/codes" | paste -sd' ')"
finish
