#!/usr/bin/env bash
# Every generated script, workflow and Makefile, by the real readers: shellcheck and actionlint find nothing, and make
# reads every target.
. "$(dirname "$0")/../lib.sh"
scripts=("$GOLDEN"/*/scripts/*.sh)
silent "shellcheck finds nothing in ${#scripts[@]} scripts" shellcheck "${scripts[@]}" || true
for workflow in "$GOLDEN"/*/.github/workflows/*; do
  passes "actionlint finds nothing in ${workflow#"$GOLDEN"/}" actionlint "$workflow" || true
done
for makefile in "$GOLDEN"/*/Makefile; do
  example=$(basename "$(dirname "$makefile")")
  targets=$(sed -n 's/^\([A-Za-z0-9_.-]*\): ##.*/\1/p' "$makefile" | paste -sd' ')
  # shellcheck disable=SC2086
  passes "make reads every target of $example" make -n -C "$(dirname "$makefile")" $targets FROM=x || true
  expect "make help of $example lists them all" "$(wc -w <<<"$targets")" "$(make -s -C "$(dirname "$makefile")" help | wc -l)"
done
finish
