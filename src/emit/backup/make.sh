die() { printf 'backup: %s\n' "$*" >&2; exit 1; }

cd -- "$(dirname -- "${BASH_SOURCE[0]}")/$root"
command -v docker >/dev/null || die "docker is missing"
# One at a time, and what is begun is not taken for a backup: it has its name when it is whole.
mkdir -p -- "$dir"
exec 9>>"$dir/.lock"
flock --nonblock 9 || die "another backup is running"
name=$(date -u +%Y-%m-%dT%H%M%S)
part=$dir/.$name.part
umask 077
rm -rf -- "$dir"/.*.part
mkdir -- "$part"
trap 'rm -rf -- "$part"' EXIT

# container SERVICE: one of its running containers, by compose or by Swarm.
container() {
  local id
  id=$(docker ps --quiet --filter "label=com.docker.compose.project=$project" --filter "label=com.docker.compose.service=$1" | head -n 1)
  [ -n "$id" ] || id=$(docker ps --quiet --filter "label=com.docker.swarm.service.name=${project}_$1" | head -n 1)
  [ -n "$id" ] || die "no container of $1 runs here"
  printf '%s' "$id"
}

dump_postgres() {
  # The user and the password are those of the container itself.
  # shellcheck disable=SC2016
  docker exec "$(container "$1")" sh -c 'pg_dumpall --clean --if-exists --username "${POSTGRES_USER:-postgres}"' | gzip >"$part/$1.sql.gz"
}

# An archive of files that change meanwhile is worth nothing: the containers that have the volume stand still.
archive_volume() {
  local ids paused=()
  mapfile -t ids < <(docker ps --quiet --filter "volume=$1")
  if [ ${#ids[@]} -gt 0 ]; then docker pause "${ids[@]}" >/dev/null; paused=("${ids[@]}"); fi
  docker run --rm --network none --volume "$1:/from:ro" "$archiver" tar -C /from -cf - . 2>"$part/.log" | gzip >"$part/$1.tar.gz" || {
    [ ${#paused[@]} = 0 ] || docker unpause "${paused[@]}" >/dev/null
    die "the volume $1 could not be read: $(tail -n 1 "$part/.log")"
  }
  [ ${#paused[@]} = 0 ] || docker unpause "${paused[@]}" >/dev/null
}

snapshot_qdrant() {
  local id file
  id=$(container "$1")
  # The image has no HTTP client: a container beside it asks.
  file=$(docker run --rm --network "container:$id" "$archiver" sh -c 'wget -q -O - --post-data "" http://127.0.0.1:6333/snapshots' | sed -n 's/.*"name":"\([^"]*\)".*/\1/p')
  [ -n "$file" ] || die "Qdrant of $1 made no snapshot"
  docker cp --quiet "$id:/qdrant/snapshots/$file" "$part/$1.snapshot" 2>/dev/null || docker cp "$id:/qdrant/snapshots/$file" "$part/$1.snapshot" >/dev/null
  docker exec "$id" rm -f "/qdrant/snapshots/$file"
}
