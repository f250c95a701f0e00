#!/usr/bin/env bash
# The deploy scripts of whole systems, run as their owners would: over a real sshd to the real Swarm, by git on the host,
# on the machine itself. Each cases/EXAMPLE/deploy.sh says what stands in for its
# images and what must hold. All of them, or only those that are named.
. "$(dirname "$0")/../lib.sh"
. "$kit/examples.sh"
. "$kit/deploying.sh"
port=2233
patience=280
undo=()                                       # what undoes a case, last first
cleanup() {
  local i
  touch "$tmp/stop"
  for ((i = ${#undo[@]} - 1; i >= 0; i--)); do eval "${undo[i]}"; done
  if [ -f "$tmp/pinned" ]; then sort -u "$tmp/pinned" | xargs -r "$docker" image rm; fi
  stop_sshd
}
docker=$(command -v docker)
standin() { bash "$kit/images.sh" app "$@" >"$tmp/log" 2>&1 || die "$(tail -n 2 "$tmp/log")"; }
# image NAME DIRECTORY: built from a Dockerfile on standard input, on top of stand-ins
image() { DOCKER_BUILDKIT=0 docker build -q -t "$1" -f - "$2" >"$tmp/log" 2>&1 || die "$1: $(tail -n 3 "$tmp/log")"; }
# owned PATH: nothing of that name is there, and what a deployment makes there goes
owned() {
  [ ! -e "$1" ] || die "$1 is there already, and a deployment would change it"
  undo+=("rm -rf '$1'")
}
project_gone() {
  undo+=("docker ps -aq --filter 'label=com.docker.compose.project=$1' | xargs -r docker rm -f
    docker network ls -q --filter 'label=com.docker.compose.project=$1' | xargs -r docker network rm
    docker volume ls -q --filter 'label=com.docker.compose.project=$1' | xargs -r docker volume rm")
}
# deployed WHAT SCRIPT ARG..: it succeeds, or its last lines are told
deployed() {
  local what=$1 begun=$SECONDS; shift
  if deploy "$@"; then ok "$what ($((SECONDS - begun)) s)"; else bad "$what: $(tail -n 25 "$tmp/log")"; return 1; fi
}
# told TEXT: how often the last deployment has said so, as it is
told() { grep -cF -- "$1" "$tmp/log" || true; }
commit() { git add -A && git -c user.name=t -c user.email=t@example.com commit -qm "$1"; }

export DOCKER_BUILDKIT=0 DOCKER_CONFIG=${DOCKER_CONFIG:-$HOME/.docker}
wrap_docker
start_sshd
export PATH=$tmp/bin:$PATH
for case in "$kit"/cases/*/deploy.sh; do
  example=$(basename "$(dirname "$case")")
  [ $# = 0 ] || [[ " $* " = *" $example "* ]] || continue
  stage "$example" || continue
  cd "$stage"
  # shellcheck disable=SC1090
  . "$case"                                   # defines deploys
  deploys
done
finish
