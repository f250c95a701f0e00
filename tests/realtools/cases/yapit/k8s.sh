# yapit on Kubernetes. Sourced by prove/kubernetes.sh.
# shellcheck disable=SC2016 # what stands in single quotes is for the shell inside of the container
# shellcheck shell=bash disable=SC2034,SC2154
environment=cluster
images() {
  local registry=ghcr.io/yapit-tts
  standin $registry/smokescreen:1.9.0 ports=4750 health=/
  standin $registry/defuddle:1.9.0 ports=8001 health=/health dial=PROXY_URL bin=node oneshot=-e
  standin $registry/gateway:1.9.0 ports=8000 health=/health env=ANONYMOUS_SESSION_SECRET dial=REDIS_URL,DATABASE_URL
  standin $registry/frontend:1.9.0 ports=8080 health=/
  standin $registry/stack-auth:1.9.0 ports=8101,8102 health=/health dial=STACK_DATABASE_CONNECTION_STRING
  standin $registry/kokoro-cpu:1.9.0 ports=9000 env=WORKER_ID,OMP_NUM_THREADS dial=REDIS_URL
  standin $registry/yolo-cpu:1.9.0 ports=9000 env=WORKER_ID,OMP_NUM_THREADS dial=REDIS_URL
}
checks() {
  expect "the gateway reads the values of this environment" "yapit_prod 51200" \
    "$(inside deployment/gateway sh -c 'echo "$POSTGRES_USER $AUDIO_CACHE_CONFIG__MAX_SIZE_MB"')"
  expect "every worker has a name of its own" 3 "$(for p in $(k get pods -l app.kubernetes.io/name=kokoro-cpu -o name); do inside "$p" printenv WORKER_ID; done | sort -u | wc -l)"
  expect "the database keeps its data on its volume" 15 "$(inside statefulset/postgres cat /var/lib/postgresql/data/pgdata/PG_VERSION)"
}
