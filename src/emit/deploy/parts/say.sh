# ---- saying and doing ----

step() { printf '== %s\n' "$*"; }
note() { printf '   %s\n' "$*"; }
# die WHY: a deployment that has begun tells why at its end, with what became of it.
die() {
  reason=$*
  if [ -z "$stage" ] || [ "$BASHPID" != "$$" ]; then printf 'deploy: %s\n' "$*" >&2; fi
  exit 1
}

# word TEXT: the text as one word that any shell reads back.
word() {
  local escape="'\\''"
  if [[ $1 =~ ^[A-Za-z0-9_./:@%+,=-]+$ ]]; then printf '%s' "$1"; else printf "'%s'" "${1//\'/"$escape"}"; fi
}

# quoted TEXT..: the texts as words, each after a blank.
quoted() {
  local text
  for text; do printf ' %s' "$(word "$text")"; done
}

# run CMD..: do it; in a dry run, say it.
run() {
  if [ "$dry_run" = yes ]; then printf 'would run:%s\n' "$(quoted "$@")"; else "$@"; fi
}

# needs_tools NAME..: each of them is there.
needs_tools() {
  local tool missing=()
  for tool; do command -v "$tool" >/dev/null || missing+=("$tool"); done
  [ ${#missing[@]} = 0 ] || die "these programs are missing on $(uname -n): ${missing[*]}"
}
#if hashes

hash_of() {
  if command -v sha256sum >/dev/null; then sha256sum; else shasum -a 256; fi <"$1" | cut -d' ' -f1
}
#end
