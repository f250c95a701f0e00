# yapit in production: a Swarm of one node behind a Traefik that is not part of the stack. Sourced by
# prove/stack.sh.
# shellcheck shell=bash disable=SC2034,SC2154
environment=prod
images() {
  local registry=ghcr.io/yapit-tts
  standin $registry/smokescreen:latest ports=4750 health=/
  standin $registry/defuddle:latest ports=8001 health=/health dial=PROXY_URL bin=node oneshot=-e   # its check asks with node
  standin $registry/gateway:latest ports=8000 health=/health env=ANONYMOUS_SESSION_SECRET dial=REDIS_URL,DATABASE_URL
  standin $registry/frontend:latest ports=8080 health=/
  standin $registry/stack-auth:latest ports=8101,8102 health=/health dial=STACK_DATABASE_CONNECTION_STRING
  standin $registry/kokoro-cpu:latest ports=9000 env=WORKER_ID,OMP_NUM_THREADS dial=REDIS_URL
  standin $registry/yolo-cpu:latest ports=9000 env=WORKER_ID,OMP_NUM_THREADS dial=REDIS_URL
}
checks() {
  reaches frontend http://gateway:8000/health
  reaches gateway http://defuddle:8001/health
  expect "the gateway reads the production values" "yapit_prod 51200" \
    "$(variable gateway POSTGRES_USER) $(variable gateway AUDIO_CACHE_CONFIG__MAX_SIZE_MB)"
  expect "the gateway does not drop its tables" 0 "$(variable gateway DB_DROP_AND_RECREATE)"
  expect "every worker has a name of its own" 8 "$(variables kokoro-cpu WORKER_ID | tr ' ' '\n' | sort -u | wc -l)"
}
