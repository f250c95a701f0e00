#!/bin/bash
# One image, five modes: the first word of the command says which.
set -e

wait_for() {
  for _ in $(seq 30); do
    if (: >"/dev/tcp/$1/$2") 2>/dev/null; then return; fi
    sleep 2
  done
  echo "$1:$2 does not answer" >&2
  exit 1
}

case ${1:-webui} in
  webui)
    [ "${WAIT_FOR_SEARCH_API:-true}" != true ] || wait_for "${SEARCH_API_HOST:-vecpipe}" 8000
    alembic upgrade head
    # Reloading on a change needs a single process.
    many=(--workers "${WEBUI_WORKERS:-1}")
    [ "${WEBUI_RELOAD:-false}" != true ] || many=(--reload)
    exec uvicorn webui.main:app --host 0.0.0.0 --port "${WEBUI_PORT:-8080}" "${many[@]}"
    ;;
  vecpipe)
    [ "${WAIT_FOR_QDRANT:-true}" != true ] || wait_for "$QDRANT_HOST" "$QDRANT_PORT"
    exec python -m vecpipe.search_api
    ;;
  worker) exec celery -A webui.celery_app worker --concurrency="${CELERY_CONCURRENCY:-${CELERY_MAX_CONCURRENCY:-4}}" ;;
  beat) exec celery -A webui.celery_app beat --pidfile=/tmp/celerybeat.pid --schedule="$CELERY_BEAT_SCHEDULE_FILE" ;;
  flower) exec celery -A webui.celery_app flower --basic_auth="$FLOWER_USERNAME:$FLOWER_PASSWORD" ;;
  *)
    echo "unknown mode $1" >&2
    exit 1
    ;;
esac
