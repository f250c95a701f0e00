#!/usr/bin/env bash
# Every generated Swarm stack, by the real docker stack: its reader accepts it without a warning, and a
# deploy creates every service and leaves out nothing ("Ignoring unsupported options: ...").
. "$(dirname "$0")/../lib.sh"
. "$kit/examples.sh"
stack=specc-prove
cleanup() {
  stack_rm "$stack"
  remove_external
}
environments=0
for example in $(examples); do
  choose "$example" swarm
  [ -n "$chosen" ] || continue
  stage "$example" || continue
  cd "$stage"
  fill_env "$example" || { bad "$example: no env files from its templates"; continue; }
  while IFS='|' read -r name _ _ files env_files _; do
    environments=$((environments + 1))
    args=(); for f in $files; do args+=(-c "$f"); done
    stack_config "$files" "$env_files" || { bad "$example/$name: docker stack config: $(tail -n 2 "$tmp/err")"; continue; }
    expect "$example/$name: docker stack config has no complaint" "" "$(cat "$tmp/err")"
    create_external
    # The file as generated, not what `config` prints: that has lost what the deploy would complain of.
    # Detached: no image is there, and none is needed for what is asked here.
    if exported "$env_files" timeout 60 docker stack deploy --resolve-image never --detach=true "${args[@]}" "$stack" >"$tmp/log" 2>&1; then
      expect "$example/$name: a deploy leaves out nothing" "" "$(grep -iE 'ignoring|deprecated|warning|will listen' "$tmp/log" || true)"
      expect "$example/$name: all its services are there" "$(json "len(d['services'])" <"$tmp/config.json")" "$(docker stack services -q "$stack" | wc -l)"
    else
      bad "$example/$name: docker stack deploy: $(tail -n 2 "$tmp/log")"
    fi
    stack_rm "$stack" || bad "$example/$name: docker stack rm did not end"
    remove_external
  done <<<"$chosen"
done
[ $environments -gt 0 ] || bad "no Swarm environment in any example"
finish
