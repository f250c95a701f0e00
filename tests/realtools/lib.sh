# Sourced by every proof (prove/*.sh, self/*/run.sh): tools on PATH, a scratch directory, helpers that
# count. A proof ends with `finish`, whose line "N passed, N failed" all.sh adds up; one that stops
# before that counts as a failure.
# shellcheck shell=bash disable=SC2034
set -euo pipefail
kit=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$kit/../.." && pwd)
here=$(cd "$(dirname "${BASH_SOURCE[1]}")" && pwd)
# The spec compiler under test, and where the examples and their golden trees are.
SPECC=${SPECC:-$root/target/release/specc}
EXAMPLES=${EXAMPLES:-$root/examples}
GOLDEN=${GOLDEN:-$root/golden}

passed=0 failed=0 finished=
ok() { passed=$((passed + 1)); echo "ok    $*"; }
bad() { failed=$((failed + 1)); echo "FAIL  $*"; }
# die WHAT: nothing after this can be tried
die() { bad "$@"; finish; }
# expect WHAT WANTED GOT
expect() { if [ "$2" = "$3" ]; then ok "$1"; else bad "$1: wanted '$2', got '$3'"; fi; }
# passes WHAT CMD..: the command exits with 0; else its last lines are shown
passes() {
  local what=$1 out; shift
  if out=$("$@" 2>&1); then ok "$what"; else bad "$what: $(tail -n 3 <<<"$out")"; return 1; fi
}
# silent WHAT CMD..: the command exits with 0 and says nothing at all, warnings included
silent() {
  local what=$1 out; shift
  if ! out=$("$@" 2>&1); then bad "$what: $(tail -n 3 <<<"$out")"; return 1; fi
  if [ -n "$out" ]; then bad "$what, but says: $(head -n 3 <<<"$out")"; return 1; fi
  ok "$what"
}
finish() {
  finished=1
  echo "$passed passed, $failed failed"
  [ "$failed" = 0 ]; exit
}
cleanup() { :; }                              # a proof overrides this to stop what it started
at_exit() {
  local status=$?
  set +e
  cleanup >/dev/null 2>&1
  rm -rf "$tmp"
  if [ -z "$finished" ]; then
    echo "FAIL  the proof stopped early (exit $status)"
    echo "$passed passed, $((failed + 1)) failed"
    exit 1
  fi
  exit "$status"
}
tmp=$(mktemp -d)
trap at_exit EXIT
trap 'exit 130' INT TERM

# shellcheck disable=SC1091
. "${REALTOOLS:-$root/target/realtools}/env.sh" || die "the tools are not installed: run tests/realtools/tools.sh"
cd "$here"

# until_ok SECONDS CMD..: try every 0.2 s until the command succeeds
until_ok() {
  local end=$((SECONDS + $1)); shift
  until "$@" >/dev/null 2>&1; do [ $SECONDS -lt $end ] || return 1; sleep 0.2; done
}
# code URL [HOST]: the HTTP status, 000 when nothing answers. Only loopback addresses are asked.
code() { curl -s -o /dev/null -m 5 -w '%{http_code}' ${2:+-H "Host: $2"} "$1" || true; }
is_200() { [ "$(code "$@")" = 200 ]; }
# json FILTER: a value from JSON on stdin, Python syntax on `d`
json() { python -c "import json,sys; d=json.load(sys.stdin); print($1)"; }

# --- stacks -----------------------------------------------------------------------------------------
# stack_rm NAME: returns when its containers and networks are gone; `docker stack rm` returns at once, and
# a deploy under the same name fails until then.
stack_rm() {
  timeout 30 docker stack rm "$1" >/dev/null 2>&1 || true
  until_ok 60 stack_gone "$1"
}
stack_gone() {
  [ -z "$(docker ps -aq --filter "label=com.docker.stack.namespace=$1")" ] &&
    [ -z "$(docker network ls -q --filter "label=com.docker.stack.namespace=$1")" ]
}
# for_this_machine: a stack on stdin, as this machine can run it on stdout
for_this_machine() { python "$kit/swarm_local.py"; }
