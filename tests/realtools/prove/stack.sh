#!/usr/bin/env bash
# Whole systems run from their generated stacks: docker stack deploy on the one-node Swarm with strict
# stand-in images, until every task runs and every job is done. Each cases/EXAMPLE/stack.sh says which
# environment, which stand-ins and what must hold.
. "$(dirname "$0")/../lib.sh"
. "$kit/examples.sh"
stack=specc-stack
cleanup() {
  stack_rm "$stack"
  remove_external
}
standin() { bash "$kit/images.sh" app "$@" >"$tmp/log" 2>&1 || die "$(tail -n 2 "$tmp/log")"; }
# settled: each service has all its tasks ("2/2"), or its job is done ("0/1 (1/1 completed)")
settled() {
  docker stack services "$stack" --format '{{.Replicas}}' |
    awk '/completed/ {split($2, n, /[(\/]/); if (n[2] != n[3]) exit 1; next} {split($1, n, "/"); if (n[1] != n[2]) exit 1}'
}
# task SERVICE: one of its running containers
task() { docker ps -q --filter "label=com.docker.swarm.service.name=${stack}_$1" | head -n 1; }
# variable SERVICE NAME: what its process has
variable() { docker exec -u 0 "$(task "$1")" cat /proc/1/environ | tr '\0' '\n' | sed -n "s/^$2=//p"; }
# variables SERVICE NAME: what each of its processes has, sorted
variables() {
  local id
  for id in $(docker ps -q --filter "label=com.docker.swarm.service.name=${stack}_$1"); do
    docker exec -u 0 "$id" cat /proc/1/environ | tr '\0' '\n' | sed -n "s/^$2=//p"
  done | sort | paste -sd' '
}
# reaches FROM URL: a container of the service FROM gets an answer
reaches() { passes "$1 reaches $2" until_ok 10 docker exec "$(task "$1")" python -c "import urllib.request; urllib.request.urlopen('$2', timeout=2)" || true; }

for case in "$kit"/cases/*/stack.sh; do
  [ -f "$case" ] || die "no case says which stack to run"
  example=$(basename "$(dirname "$case")")
  [ -d "$EXAMPLES/$example" ] || { bad "there is no examples/$example"; continue; }
  environment=
  # shellcheck disable=SC1090
  . "$case"                                   # sets $environment; defines images and checks
  stage "$example" || continue
  cd "$stage"
  fill_env "$example" || { bad "$example: no env files from its templates"; continue; }
  choose "$example" swarm
  IFS='|' read -r _ _ _ files env_files _ < <(grep "^$environment|" <<<"$chosen") || { bad "$example has no Swarm environment $environment"; continue; }
  stack_config "$files" "$env_files" || { bad "$example: $(tail -n 2 "$tmp/err")"; continue; }
  images
  for image in $(json "' '.join(sorted({s['image'].split('@')[0] for s in d['services'].values()}))" <"$tmp/config.json"); do
    docker image inspect "$image" >/dev/null 2>&1 || passes "$example: a stand-in for $image" bash "$kit/images.sh" "$image" || true
  done
  create_external
  # Beside the env files: docker stack config leaves their relative paths alone.
  for_this_machine <"$tmp/config.yml" >"$stage/local.yml"
  start=$SECONDS
  if ! timeout 60 docker stack deploy --resolve-image never --detach=true -c "$stage/local.yml" "$stack" >"$tmp/log" 2>&1; then
    bad "$example: deploy: $(tail -n 2 "$tmp/log")"
  elif until_ok 150 settled; then
    ok "$example/$environment: every task runs ($((SECONDS - start)) s)"
    checks
  else
    bad "$example/$environment: not every task runs"
    docker stack services "$stack" --format '{{.Name}} {{.Replicas}}'
    docker stack ps "$stack" --no-trunc --format '{{.Name}} {{.CurrentState}} {{.Error}}' | grep -v ' Running' | head -n 20
  fi
  stack_rm "$stack" || bad "$example: docker stack rm did not end"
  remove_external
done
finish
