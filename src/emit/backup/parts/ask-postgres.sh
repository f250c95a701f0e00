# ask_postgres DATABASE PROGRAM ARG..: in the container, whose own environment says who asks
ask_postgres() {
  local in=$1; shift
  # shellcheck disable=SC2016
  docker exec --interactive --env "PGDATABASE=$in" "$postgres" sh -c '
    [ -z "${POSTGRES_USER_FILE-}" ] || POSTGRES_USER=$(cat "$POSTGRES_USER_FILE")
    [ -z "${POSTGRES_PASSWORD_FILE-}" ] || POSTGRES_PASSWORD=$(cat "$POSTGRES_PASSWORD_FILE")
    export PGUSER="${POSTGRES_USER:-postgres}" PGPASSWORD="${POSTGRES_PASSWORD-}"
    exec "$@"' sh "$@"
}
