#!/usr/bin/env bash
# Hostile values arrive unharmed: the process in the container sees, byte for byte, what the spec says,
# through docker compose and through Swarm. The example names what to expect in expected.json; what the
# process really has is read from /proc/1/environ.
. "$(dirname "$0")/../lib.sh"
. "$kit/examples.sh"
example=values name=specc-values
cleanup() {
  docker compose -p "$name" down -v -t 1
  stack_rm "$name"
}
[ -f "$EXAMPLES/$example/expected.json" ] || die "there is no examples/$example/expected.json"
stage $example || finish
cd "$stage"
fill_env $example || die "no env files from the templates of $example"

# compare WHAT LABEL=VALUE: every container with this label against expected.json
compare() {
  local id ids what=$1
  ids=$(docker ps -q --filter "label=$2")
  [ -n "$ids" ] || { bad "$what: no container runs"; return; }
  for id in $ids; do
    docker exec -u 0 "$id" cat /proc/1/environ >"$tmp/environ"
    while IFS= read -r line; do
      case $line in same\ *) ok "$what: ${line#same }" ;; *) bad "$what: ${line#differs }" ;; esac
    done < <(python "$kit/same_environ.py" expected.json "$tmp/environ")
  done
}
# Every image of the example that has no stand-in yet is one that shows its environment.
images() {
  local image
  for image; do
    docker image inspect "$image" >/dev/null 2>&1 || bash "$kit/images.sh" app "$image" >"$tmp/log" 2>&1 || die "$(tail -n 2 "$tmp/log")"
  done
}

choose $example compose
[ -n "$chosen" ] || bad "no compose environment"
while IFS='|' read -r env _ _ files env_files _; do
  [ -n "$env" ] || continue
  compose_of "$files" "$env_files"
  mapfile -t list < <("${compose[@]}" config --images); images "${list[@]}"
  if timeout 90 "${compose[@]}" -p "$name" up -d >"$tmp/log" 2>&1; then
    compare "compose, $env" "com.docker.compose.project=$name"
  else
    bad "compose, $env: up: $(tail -n 2 "$tmp/log")"
  fi
  docker compose -p "$name" down -v -t 1 >/dev/null 2>&1
done <<<"$chosen"

choose $example swarm
[ -n "$chosen" ] || bad "no Swarm environment"
while IFS='|' read -r env _ _ files env_files _; do
  [ -n "$env" ] || continue
  mapfile -t list < <(python -c 'import sys,yaml; print("\n".join(s["image"] for s in yaml.safe_load(open(sys.argv[1]))["services"].values()))' "$files")
  images "${list[@]}"
  # A stack goes to the engine as it was generated: no rewriting may come between it and the process.
  if exported "$env_files" timeout 60 docker stack deploy --resolve-image never --detach=true -c "$files" "$name" >"$tmp/log" 2>&1; then
    until_ok 30 bash -c "[ \$(docker ps -q --filter label=com.docker.stack.namespace=$name | wc -l) = \$(docker stack services -q $name | wc -l) ]" || true
    compare "Swarm, $env" "com.docker.stack.namespace=$name"
  else
    bad "Swarm, $env: deploy: $(tail -n 2 "$tmp/log")"
  fi
  stack_rm "$name"
done <<<"$chosen"
finish
