# container SERVICE: one of its running containers
container() {
  local id
  id=$(docker ps --quiet --filter "label=com.docker.compose.project=$project" --filter "label=com.docker.compose.service=$1" | head -n 1)
  [ -n "$id" ] || die "no container of $1 runs here"
  printf '%s' "$id"
}
