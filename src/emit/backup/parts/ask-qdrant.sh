# ask_qdrant METHOD PATH [CURL OPTION..]: from beside it, since its image has no client. Its key is on no command line.
ask_qdrant() {
  local method=$1 path=$2 port
  shift 2
  # shellcheck disable=SC2016
  port=$(docker exec "$qdrant" sh -c 'printf %s "${QDRANT__SERVICE__HTTP_PORT:-6333}"')
  # shellcheck disable=SC2016
  QDRANT_KEY=$(docker exec "$qdrant" sh -c 'printf %s "${QDRANT__SERVICE__API_KEY-}"') \
    docker run --rm --interactive --network "container:$qdrant" --env QDRANT_KEY --entrypoint sh "$client" -c '
      umask 077
      printf "header = \"api-key: %s\"\n" "$(printf %s "$QDRANT_KEY" | sed "s/[\\\\\"]/\\\\&/g")" >/tmp/key
      exec curl --silent --show-error --fail --config /tmp/key "$@"' sh --request "$method" "$@" "http://127.0.0.1:$port$path"
}
