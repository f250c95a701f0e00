#!/usr/bin/env bash
# The validators that the proofs rely on: each passes a good file and names the fault of a bad one. And
# the helpers that compare: each finds a planted difference.
. "$(dirname "$0")/../../lib.sh"
cd "$tmp" || exit
# both NAME GOOD BAD PATTERN CMD..: CMD GOOD passes; CMD BAD fails and says PATTERN
both() {
  local name=$1 good=$2 bad=$3 pattern=$4; shift 4
  if ! "$@" "$good" >out 2>&1; then bad "$name refuses a good file: $(tail -n 3 out)"; return; fi
  if "$@" "$bad" >out 2>&1; then bad "$name passes a bad file"; return; fi
  if grep -q -- "$pattern" out; then ok "$name: $(grep -m 1 -o -- "$pattern" out)"; else bad "$name does not say '$pattern': $(tail -n 3 out)"; fi
}
printf 'services: {a: {image: "redis:7-alpine"}}\n' >compose.good.yml
printf 'services: {a: {imag: "redis:7-alpine"}}\n' >compose.bad.yml
compose_config() { docker compose -f "$1" config -q; }
both "docker compose config" compose.good.yml compose.bad.yml "imag' not allowed" compose_config
both "check-jsonschema compose-spec" compose.good.yml compose.bad.yml "imag" check-jsonschema --builtin-schema vendor.compose-spec
printf 'services: {a: {image: x, depends_on: [b]}, b: {image: x}}\n' >stack.good.yml
printf 'services: {a: {image: x, depends_on: {b: {condition: service_healthy}}}, b: {image: x}}\n' >stack.bad.yml
both "docker stack config" stack.good.yml stack.bad.yml "depends_on must be a list" docker stack config -c

# shellcheck disable=SC2016
printf 'services: {a: {image: "x:${TAG}"}}\n' >unset.yml
expect "docker compose config warns of an unset variable" 1 "$(docker compose -f unset.yml config -q 2>&1 | grep -c 'TAG.* is not set')"
printf 'services: {a: {image: "app:latest", restart: always}}\n' >ignored.yml
expect "docker stack deploy names what it ignores" "Ignoring unsupported options: restart" \
  "$(timeout 30 docker stack deploy --detach=true --resolve-image never -c ignored.yml self-validators 2>&1 | grep Ignoring)"
stack_rm self-validators

printf 'services:\n  a:\n    ports: !override ["80:80"]\n    healthcheck: !reset null\n' >overlay.yml
expect "untag.py drops !reset and keeps !override" '{"services": {"a": {"ports": ["80:80"]}}}' \
  "$(python "$kit/untag.py" overlay.yml | python -c 'import json,sys,yaml; print(json.dumps(yaml.safe_load(sys.stdin)))')"
echo '{"services": {"a": {"ports": [1, 2], "command": ["x", "y"]}}}' >a.json
echo '{"services": {"a": {"ports": [2, 1], "command": ["y", "x"]}}}' >b.json
expect "same_project.py sees the order of a command, not of ports" 'services.a.command: merged ["x", "y"], standalone ["y", "x"]' \
  "$(python "$kit/same_project.py" a.json b.json || true)"
# shellcheck disable=SC2016
printf '{"A": "x$y", "B": "\\n", "C": ""}' >expected.json
# shellcheck disable=SC2016
printf 'A=x$y\0B=\\n\0' >environ
expect "same_environ.py compares bytes" "same A|differs B: wanted b'\\n', got b'\\\\n'|differs C: wanted b'', got None" \
  "$(python "$kit/same_environ.py" expected.json environ | paste -sd'|')"
mkdir d
printf '# required: set it\n# A=\n# B=\nC=\nD=<generate>\nE=1\nPORT=\n' >d/template
echo '{"environments": [{"env_files": [".env"], "template": "template"}]}' >listing.json
python "$kit/fill_env.py" d <listing.json
expect "fill_env.py fills what must be filled" "A=dummy-a # B= C=dummy-c D=dummy-d E=1 PORT=20006" "$(grep -v '^# required' d/.env | paste -sd' ')"

cd "$kit" || exit
passes "shellcheck passes every script of the project" shellcheck -x ./*.sh prove/*.sh self/*/*.sh cases/*/*.sh ../all.sh ../../.ci/run ../../bench/*.sh || true
finish
