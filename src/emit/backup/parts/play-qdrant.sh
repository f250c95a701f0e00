# play_qdrant SERVICE: each collection as it was; one that came later stays
play_qdrant() {
  local qdrant file collection aliases
  qdrant=$(container "$1")
  for file in "$from/$1".*.snapshot; do
    [ -e "$file" ] || continue
    collection=${file##*/"$1."} collection=${collection%.snapshot}
    ask_qdrant POST "/collections/$collection/snapshots/upload?priority=snapshot" --form 'snapshot=@-' <"$file" >/dev/null
  done
  aliases=$(grep -o '"alias_name":"[^"]*","collection_name":"[^"]*"' "$from/$1.aliases.json" | sed 's/.*/{"create_alias":{&}}/' | paste -sd, - || true)
  [ -z "$aliases" ] || ask_qdrant POST /collections/aliases --header 'Content-Type: application/json' --data-binary @- <<<"{\"actions\":[$aliases]}" >/dev/null
}
