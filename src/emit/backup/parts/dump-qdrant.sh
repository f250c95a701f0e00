# dump_qdrant SERVICE: a snapshot of each collection, and the aliases
dump_qdrant() {
  local qdrant collection snapshot
  qdrant=$(container "$1")
  ask_qdrant GET /aliases </dev/null >"$part/$1.aliases.json"
  ask_qdrant GET /collections </dev/null >"$part/.collections"
  while IFS= read -r collection; do
    case $collection in *[!A-Za-z0-9_.-]*) die "no file can be called like the collection $collection of $1" ;; esac
    snapshot=$(ask_qdrant POST "/collections/$collection/snapshots" </dev/null | sed -n 's/.*"name":"\([^"]*\)".*/\1/p')
    [ -n "$snapshot" ] || die "Qdrant of $1 made no snapshot of $collection"
    ask_qdrant GET "/collections/$collection/snapshots/$snapshot" </dev/null | cat >"$part/$1.$collection.snapshot"
    ask_qdrant DELETE "/collections/$collection/snapshots/$snapshot" </dev/null >/dev/null
  done < <(grep -o '"name":"[^"]*"' "$part/.collections" | cut -d '"' -f 4)
}
