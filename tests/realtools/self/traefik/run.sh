#!/usr/bin/env bash
# traefik_check.py tells what the real traefik says about a configuration (2 s a question): nothing about
# a good one, and each kind of fault that a generated route could have by its name.
. "$(dirname "$0")/../../lib.sh"
check() { python "$kit/traefik_check.py" "$@" || true; }
# broken FILE SED: what is said after one edit of the static or dynamic file
broken() {
  rm -rf "$tmp/b" && mkdir -p "$tmp/b/dynamic" && cp static.yml "$tmp/b" && cp dynamic/* "$tmp/b/dynamic"
  sed -i "$2" "$tmp/b/$1"
  check "$tmp/b/static.yml" "$tmp/b/dynamic" | sed "s#$tmp/b/##"
}
expect "a good configuration has no complaint" "" "$(check static.yml dynamic)"
# shellcheck disable=SC2016
expect "a missing middleware, service and a bad rule" \
  'app@file: middleware "nope@file" does not exist|bad@file: unsupported function: PathPrefx|lost@file: the service "nope@file" does not exist' \
  "$(broken dynamic/app.yml 's/\[strip\]/[nope]/; s/service: lost/service: nope/; s/PathPrefix(`\/bad/PathPrefx(`\/bad/' |
     sed -E 's/^http router //; s/error while parsing.*(unsupported)/\1/' | sort -u | paste -sd'|')"
expect "a missing entry point" "http router app@file: entryPoint \"nope\" doesn't exist" \
  "$(broken dynamic/app.yml '0,/\[websecure\]/s//[nope]/' | head -n 1)"
expect "an unknown dynamic key" 'collecting file configs: dynamic/app.yml: field not found, node: entrypoint' \
  "$(broken dynamic/app.yml '0,/entryPoints:/s//entrypoint:/')"
expect "an unknown static key" "command traefik error: field not found, node: adress" \
  "$(broken static.yml 's/address: ":443"/adress: ":443"/')"
finish
