# container SERVICE: one of its running containers on this node
container() {
  local id
  id=$(docker ps --quiet --filter "label=com.docker.swarm.service.name=${project}_$1" | head -n 1)
  [ -n "$id" ] || die "no container of $1 runs here"
  printf '%s' "$id"
}
