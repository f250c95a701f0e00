#!/usr/bin/env bash
# A deploy script as it would be generated: copy the files, then deploy the stack on the host.
set -euo pipefail
: "${DEPLOY_HOST:?}" "${DEPLOY_DIR:?}" "${RELEASE:?}"
# SSH_OPTS: more options for ssh and scp (both take -o and -i; the port as -o Port=...)
read -ra opts <<<"${SSH_OPTS:-}"
files=(stack.yml settings.json)
for f in "${files[@]}"; do [ -f "$f" ] || { echo "deploy: $f is missing" >&2; exit 1; }; done
# shellcheck disable=SC2029  # the variables are meant to be expanded here
ssh "${opts[@]}" "$DEPLOY_HOST" "mkdir -p '$DEPLOY_DIR'"
scp -q "${opts[@]}" "${files[@]}" "$DEPLOY_HOST:$DEPLOY_DIR/"
# shellcheck disable=SC2029
ssh "${opts[@]}" "$DEPLOY_HOST" "cd '$DEPLOY_DIR' && RELEASE='$RELEASE' DEPLOY_DIR='$DEPLOY_DIR' \
  docker stack deploy --resolve-image never --detach=false --prune -c stack.yml self-ssh"
