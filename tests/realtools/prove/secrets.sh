#!/usr/bin/env bash
# The secrets of yapit, by real sops and age: each environment gets its own and what is shared, as it was written, in a
# file for nobody else; what goes wrong changes nothing, and nothing is told.
. "$(dirname "$0")/../lib.sh"
. "$kit/examples.sh"
stage yapit || finish
cd "$stage"
rm -f .env
age-keygen -o key 2>"$tmp/public" && age-keygen -o other 2>/dev/null
export YAPIT_SOPS_AGE_KEY_FILE=$PWD/key
# shellcheck disable=SC2016
printf '%s\n' '# of all' 'SHARED=it'"'"'s "5" $(touch pwned) `touch pwned` %s #1' 'DEV_API_KEY=of-dev' 'PROD_API_KEY=of=prod' \
  'PROD_EMPTY=' '_NOTE=for people' 'LINES=a\nb' >"$tmp/plain"
(cd "$tmp" && sops --encrypt --age "$(sed -n 's/.*: //p' "$tmp/public")" --input-type dotenv --output-type dotenv plain) >.env.sops
expect "the store holds nothing in the clear" 0 "$(grep -c 'of=prod\|of-dev' .env.sops || true)"
passes "make env-prod" make -s env-prod || true
expect "it has what is shared and its own, without the prefix" \
  "$(sed -n 2p "$tmp/plain")|API_KEY=of=prod|EMPTY=|LINES=a\\nb|ENV_MARKER=prod" "$(grep -v '^#' .env | paste -sd'|')"
expect "for nobody else" 600 "$(stat -c %a .env)"
expect "nothing of it is run" absent "$([ -e pwned ] && echo there || echo absent)"
make -s env-prod >"$tmp/log" 2>&1
expect "nothing of it is told" 0 "$(grep -c 'of=prod\|it.s' "$tmp/log" || true)"
before=$(sha256sum .env)
fails() { # fails WHAT MESSAGE CMD..
  local what=$1 message=$2; shift 2
  if "$@" >"$tmp/log" 2>&1; then bad "$what went well"; return; fi
  expect "$what is said, and changes nothing" "said $before" "$(grep -q "$message" "$tmp/log" && echo said) $(sha256sum .env)"
  expect "nor leaves anything" "" "$(find . -maxdepth 1 -name '*.new')"
}
fails "another's key" "ailed to get the data key" env YAPIT_SOPS_AGE_KEY_FILE="$PWD/other" make -s env-dev
fails "an environment that is not there" "usage: secrets.sh" bash scripts/secrets.sh prdo
cp .env.sops kept && sed -i 's/data:..../data:AAAA/' .env.sops
fails "a store that somebody changed" . make -s env-dev
mv .env.sops away
fails "a store that is not there" "there is no .env.sops" make -s env-dev
mv kept .env.sops
passes "make env-dev" make -s env-dev || true
expect "development has its own" "API_KEY=of-dev ENV_MARKER=dev" "$(grep 'API_KEY\|MARKER' .env | paste -sd' ')"
finish
