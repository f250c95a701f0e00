#!/usr/bin/env bash
# The same bytes from the same spec: another time zone, locale, umask, folder, user environment or day give
# exactly the golden tree; a second build writes nothing at all.
. "$(dirname "$0")/../lib.sh"
. "$kit/examples.sh"

# fresh EXAMPLE DIR: only the repository's own files, no generated one
fresh() { rm -rf "$2" && mkdir -p "$2" && cp -a "$EXAMPLES/$1/." "$2/"; }
# generated DIR GOLDEN: "" when each file of the golden tree is there, the same
generated() {
  (cd "$2" && find . -type f -print0 | sort -z) | while IFS= read -r -d '' f; do
    cmp -s "$2/$f" "$1/$f" || echo "$f differs"
  done | head -n 5
}
# runnable DIR GOLDEN: the generated files with the executable bit, all of a mode that git keeps
runnable() { (cd "$2" && find . -type f | sort) | (cd "$1" && xargs -r -d '\n' ls -l 2>/dev/null) | awk '$1 ~ /x/ {print $NF}'; }
checked() { cd "$1" && "$SPECC" build --check; }

for example in $(examples); do
  golden=$GOLDEN/$example
  [ -d "$golden" ] || { bad "$example: there is no golden tree"; continue; }
  d=$tmp/$example; fresh "$example" "$d"
  (cd "$d" && "$SPECC" build) >"$tmp/log" 2>&1 || { bad "$example: build: $(tail -n 3 "$tmp/log")"; continue; }
  expect "$example: build gives the golden tree" "" "$(generated "$d" "$golden")"
  extra=$( (cd "$d" && find . -type f | sort) | grep -vxFf <( (cd "$golden" && find . -type f; cd "$EXAMPLES/$example" && find . -type f) ) || true)
  expect "$example: and nothing besides" "" "$extra"
  runnable=$(runnable "$d" "$golden")
  (cd "$d" && find . -type f -printf '%p %T@ %i\n' | sort) >"$tmp/before"
  passes "$example: build --check agrees" checked "$d" || true
  (cd "$d" && "$SPECC" build) >/dev/null 2>&1
  expect "$example: a second build touches nothing" "" "$(cd "$d" && find . -type f -printf '%p %T@ %i\n' | sort | diff "$tmp/before" - | head -n 3)"

  # Elsewhere, by someone else, some other time.
  e=$tmp/else\ where/a\$b/$example; fresh "$example" "$e"
  (cd "$e" && umask 077 && env -i PATH=/nowhere TZ=Pacific/Kiritimati LC_ALL=tr_TR.UTF-8 LANG=de_DE.UTF-8 HOME=/nonexistent \
    TERM=dumb COLUMNS=20 NO_COLOR=1 TAG=fromshell DOMAIN=fromshell "$SPECC" build) >"$tmp/log" 2>&1 || bad "$example: build elsewhere: $(tail -n 3 "$tmp/log")"
  expect "$example: the same bytes elsewhere (time zone, locale, umask, environment, folder)" "" "$(generated "$e" "$golden")"
  expect "$example: and the same files are executable" "$runnable" "$(runnable "$e" "$golden")"
done
finish
