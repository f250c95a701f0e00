#!/usr/bin/env bash
# The real Traefik accepts every generated route, middleware and service of every environment, compose and
# Swarm, and the flags of a proxy that is part of the system: rules parse, names resolve, keys are known.
. "$(dirname "$0")/../lib.sh"
. "$kit/examples.sh"
# project FILES ENV_FILES: the environment as its target reads it, as JSON
project_of() {
  if [ "$target" = swarm ]; then
    stack_config "$1" "$2" && cat "$tmp/config.json"
  else
    compose_of "$1" "$2"
    "${compose[@]}" config --format json
  fi
}
routers=0
for example in $(examples); do
  stage "$example" || continue
  cd "$stage"
  fill_env "$example" || { bad "$example: no env files from its templates"; continue; }
  for target in compose swarm; do
    choose "$example" $target
    while IFS='|' read -r name _ _ files env_files _; do
      [ -n "$name" ] || continue
      dir=$tmp/traefik-$example-$name
      mkdir -p "$dir"
      project_of "$files" "$env_files" >"$tmp/project.json" 2>"$tmp/err" || { bad "$example/$name: $(tail -n 2 "$tmp/err")"; continue; }
      count=$(python "$kit/traefik_labels.py" "$dir" <"$tmp/project.json" 2>"$tmp/err") || { bad "$example/$name: $(tail -n 2 "$tmp/err")"; continue; }
      [ "$count" -gt 0 ] || continue
      routers=$((routers + count))
      # A users file of the repository is mounted there.
      sed -i "s#/etc/traefik/users/#$stage/#" "$dir/dynamic/labels.yml"
      expect "$example/$name: the labels of $count routers" "" "$(cat "$tmp/err"; python "$kit/traefik_check.py" "$dir/static.yml" "$dir/dynamic" || true)"
    done <<<"$chosen"
  done
done
# Files that are generated for it: it fills in the template itself, and reads the certificates.
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$tmp/key.pem" -out "$tmp/cert.pem" -days 2 -subj /CN=test 2>/dev/null
files=0
while read -r static; do
  files=$((files + 1))
  name=${static#"$GOLDEN"/}
  dir=$tmp/files-$files
  mkdir -p "$dir"
  sed -E "s#certFile: .*#certFile: $tmp/cert.pem#; s#keyFile: .*#keyFile: $tmp/key.pem#; s#caFiles: .*#caFiles: [$tmp/cert.pem]#" \
    "$(dirname "$static")/routes.yml" >"$dir/routes.yml"
  expect "$name and its routes" "" "$(DOMAIN=example.com python "$kit/traefik_check.py" "$static" "$dir" 2>&1 || true)"
done < <(grep -rl '^entryPoints:' --include=traefik.yml "$GOLDEN")
[ $files -gt 0 ] || bad "no example has Traefik's settings in a file"
[ $routers -gt 0 ] || bad "no example has a route"
finish
