# What has the volume has no tasks, until it is there again.
halted=()
halt() {
  local service count
  while IFS= read -r service; do
    count=$(docker service inspect --format '{{.Spec.Mode.Replicated.Replicas}}' "$service")
    docker service scale --detach=true "$service=0" >/dev/null
    halted+=("$service=$count")
  done < <(docker ps --filter "volume=$1" --format '{{.Label "com.docker.swarm.service.name"}}' | sort -u)
  for _ in {1..60}; do
    [ -n "$(docker ps --quiet --filter "volume=$1")" ] || return 0
    sleep 1
  done
  die "what has the volume $1 does not end"
}
resume() { [ ${#halted[@]} = 0 ] || docker service scale --detach=true "${halted[@]}" >/dev/null; halted=(); }
