#!/usr/bin/env bash
# Empty the database and set it up again.
set -euo pipefail
docker compose stop backend orchestrator watcher celery_worker
docker compose rm -sfv db
docker volume rm ohmycoins_app-db-data
docker compose up -d --wait
