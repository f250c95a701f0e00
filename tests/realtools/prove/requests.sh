#!/usr/bin/env bash
# The same requests of each system, against real Traefik (labels, then a file) and real nginx: the services that
# answer, the paths they see, redirects and refusals are those of the table, whichever proxy is in front.
. "$(dirname "$0")/../lib.sh"
. "$kit/examples.sh"
project_of() {
  if [ "$target" = swarm ]; then
    stack_config "$1" "$2" && cat "$tmp/config.json"
  else
    compose_of "$1" "$2"
    "${compose[@]}" config --format json
  fi
}
tables=0
for table in "$kit"/cases/*/requests.tsv; do
  example=$(basename "$(dirname "$table")")
  environment=$(sed -n 's/^# environment: //p' "$table")
  tables=$((tables + 1))
  for kind in labels file nginx; do
    stage "$example" "$tmp/$example-$kind" || continue
    find "$stage" -name specc.lock -delete
    python "$kit/requests.py" variant "$EXAMPLES/$example/specc.yaml" "$environment" $kind >"$tmp/specc.yaml"
    cp "$tmp/specc.yaml" "$stage/specc.yaml"
    cd "$stage"
    "$SPECC" build --force >"$tmp/out" 2>&1 || { bad "$example/$kind: $(tail -n 5 "$tmp/out")"; continue; }
    fill_env "$example" || { bad "$example/$kind: no env files from its templates"; continue; }
    line=$("$SPECC" build --list --format json | python "$kit/environments.py" | awk -F'|' -v n="$environment" '$1 == n')
    IFS='|' read -r _ target _ files env_files REQUESTS_PROJECT <<<"$line"
    export REQUESTS_PROJECT
    project_of "$files" "$env_files" >"$tmp/project.json" 2>"$tmp/err" || { bad "$example/$kind: $(tail -n 2 "$tmp/err")"; continue; }
    file=
    [ -f proxy-under-test.conf ] && file=$PWD/proxy-under-test.conf
    while read -r verdict rest; do
      if [ "$verdict" = ok ]; then ok "$example/$kind: $rest"; else bad "$example/$kind: $rest"; fi
    done < <(timeout 120 python "$kit/requests.py" ask $kind "$table" "$stage/specc.yaml" "$environment" "$tmp/project.json" ${file:+"$file"} 2>&1)
  done
done
[ $tables -ge 5 ] || bad "there are only $tables tables"
finish
