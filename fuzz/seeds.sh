#!/usr/bin/env bash
# Fills the corpora of the fuzz targets with what people write: every spec under examples/, and for the readers of the
# syntax room the generated files of golden/ as well. Found inputs that are there already stay.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
mkdir -p corpus/pipeline corpus/syntax
# put FILE CORPUS..: a copy named after its content, as libFuzzer names its own
put() {
  local file=$1 corpus name
  name=$(sha1sum <"$file" | cut -d ' ' -f 1)
  for corpus in "${@:2}"; do cp "$file" "corpus/$corpus/$name"; done
}
find ../examples -name 'specc.*' ! -name '*.lock' -type f | sort | while read -r file; do put "$file" pipeline syntax; done
find ../examples ../golden \( -name '*.yml' -o -name '*.yaml' -o -name '*.toml' -o -name '*.json' \) -type f -size -16k | sort |
  while read -r file; do put "$file" syntax; done
echo "$(find corpus/pipeline -type f | wc -l) specs, $(find corpus/syntax -type f | wc -l) texts"
