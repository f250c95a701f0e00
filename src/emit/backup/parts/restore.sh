if [ -z "$from" ] || [ ! -f "$from/SHA256SUMS" ]; then
  printf 'usage: %s BACKUP [--yes], where BACKUP is one of\n' "$(basename -- "$0")" >&2
  find "$dir" -mindepth 1 -maxdepth 1 -type d -name '????-??-??T??????' 2>/dev/null | sort >&2
  exit 2
fi
command -v docker >/dev/null || die "docker is missing"
(cd -- "$from" && sha256sum --check --quiet SHA256SUMS) || die "$from is damaged; nothing was changed"
if [ "${2-}" != --yes ]; then
  read -r -p "This replaces the data of $project by those of $from. Write $project to go on: " answer
  [ "$answer" = "$project" ] || die "nothing was changed"
fi
work=$(mktemp)
trap 'resume; rm -f -- "$work"' EXIT
