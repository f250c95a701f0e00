die() { printf 'restore: %s\n' "$*" >&2; exit 1; }

cd -- "$(dirname -- "${BASH_SOURCE[0]}")/$root"
from=${1-}
if [ -z "$from" ] || [ ! -d "$from" ]; then
  printf 'usage: %s BACKUP\n' "$(basename "$0")" >&2
  [ ! -d "$dir" ] || ls -d -- "$dir"/*/ >&2
  exit 2
fi
if [ "${2-}" != --yes ]; then
  read -r -p "This replaces the data of $project by $from. Write its name to go on: " answer
  [ "$answer" = "$project" ] || die "nothing was changed"
fi

container() {
  local id
  id=$(docker ps --quiet --filter "label=com.docker.compose.project=$project" --filter "label=com.docker.compose.service=$1" | head -n 1)
  [ -n "$id" ] || id=$(docker ps --quiet --filter "label=com.docker.swarm.service.name=${project}_$1" | head -n 1)
  [ -n "$id" ] || die "no container of $1 runs here"
  printf '%s' "$id"
}

play_postgres() {
  # shellcheck disable=SC2016
  gzip -dc "$from/$1.sql.gz" | docker exec --interactive "$(container "$1")" sh -c 'psql --quiet --username "${POSTGRES_USER:-postgres}" --dbname postgres' >/dev/null
}

unpack_volume() {
  local ids
  mapfile -t ids < <(docker ps --quiet --filter "volume=$1")
  [ ${#ids[@]} = 0 ] || docker stop "${ids[@]}" >/dev/null
  gzip -dc "$from/$1.tar.gz" | docker run --rm --interactive --network none --volume "$1:/to" "$archiver" \
    sh -c 'find /to -mindepth 1 -delete && tar -C /to -xf -'
  # A task of Swarm is replaced by a new one; a container of compose is started again.
  [ ${#ids[@]} = 0 ] || docker start "${ids[@]}" >/dev/null 2>&1 || true
}

recover_qdrant() {
  local id
  id=$(container "$1")
  docker cp "$from/$1.snapshot" "$id:/qdrant/restore.snapshot" >/dev/null
  die "the snapshot of $1 is in its container at /qdrant/restore.snapshot: start Qdrant with --storage-snapshot /qdrant/restore.snapshot --force-snapshot"
}
