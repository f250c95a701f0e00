# semantik on Kubernetes, production: a kustomize base and its overlay. Sourced by prove/kubernetes.sh.
# shellcheck disable=SC2016 # what stands in single quotes is for the shell inside of the container
# shellcheck shell=bash disable=SC2034,SC2154
environment=k8s-prod
images() {
  # The check of beat looks for the file with its process.
  standin semantik:1.4.0 ports=8000,8080 health=/health,/api/health/readyz env=POSTGRES_PASSWORD,DATABASE_URL,REDIS_URL bin=celery oneshot=inspect \
    'extra=ENTRYPOINT ["/bin/sh", "-c", "if [ $1 = beat ]; then echo $$ >/tmp/celerybeat.pid; fi; exec /usr/local/bin/standin $@", "--"]'
}
checks() {
  expect "a password stands in an address" "redis://:s3cret-redis_password@redis:6379/0" "$(inside deployment/webui printenv REDIS_URL)"
  expect "Redis asks for it" PONG "$(inside statefulset/redis sh -c 'REDISCLI_AUTH=$REDIS_PASSWORD redis-cli ping')"
  expect "the overlay has two replicas" 2 "$(k get deployment webui -o 'jsonpath={.status.readyReplicas}')"
  expect "all four share the data" hello "$(inside deployment/webui sh -c 'echo hello >/app/data/x' && inside deployment/beat cat /app/data/x)"
}
