#!/usr/bin/env bash
# Deploy to production. Run `make prod-env` first: it decrypts the secrets of production into .env.
set -euo pipefail
cd "$(dirname "$0")/.."

die() { echo "deploy: $*" >&2; exit 1; }

[ -f .env ] || die "there is no .env: run make prod-env"
set -a && . ./.env && set +a
[ "${ENV_MARKER:-}" = prod ] || die ".env is not that of production: run make prod-env"

dir=/opt/yapit/deploy
GIT_COMMIT=$(git rev-parse HEAD)

ssh "$VPS_HOST" "mkdir -p $dir/docker"
scp docker-compose.prod.yml "$VPS_HOST:$dir/"
scp .env "$VPS_HOST:$dir/.env"
scp .env.prod "$VPS_HOST:$dir/"
scp docker/metrics-init.sql "$VPS_HOST:$dir/docker/"
scp docker/clickhouse-config.xml "$VPS_HOST:$dir/docker/"
scp scripts/sync-cf-firewall.sh "$VPS_HOST:/opt/yapit/sync-cf-firewall.sh"

ssh "$VPS_HOST" "cd $dir && set -a && . ./.env && . ./.env.prod && set +a && \
  GIT_COMMIT=$GIT_COMMIT docker stack deploy --with-registry-auth -c docker-compose.prod.yml yapit"

# Swarm goes on in the background: wait until it is through, and see whether it went back.
for _ in $(seq 24); do
  state=$(ssh "$VPS_HOST" "docker service inspect yapit_gateway --format '{{if .UpdateStatus}}{{.UpdateStatus.State}}{{end}}'")
  case $state in
    "" | completed) break ;;
    rollback* | paused) die "the gateway is in state $state" ;;
  esac
  sleep 5
done
curl -fsS --retry 5 https://yapit.md/api/health >/dev/null || die "the API does not answer"
curl -fsS https://yapit.md >/dev/null || die "the frontend does not answer"
