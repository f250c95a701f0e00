# Oh My Coins on Kubernetes. Sourced by prove/kubernetes.sh.
# shellcheck shell=bash disable=SC2034,SC2154
environment=cluster
images() {
  standin ghcr.io/oh-my-coins/backend:1.4.0 ports=8000 health=/api/v1/utils/health-check/ oneshot=prestart \
    env=SECRET_KEY,POSTGRES_USER,POSTGRES_PASSWORD,DOMAIN dial=POSTGRES_SERVER:POSTGRES_PORT,REDIS_HOST:REDIS_PORT
  standin ghcr.io/oh-my-coins/frontend:1.4.0 ports=80 health=/
}
checks() {
  expect "the migration ended well" 1 "$(k get jobs -o 'jsonpath={.items[*].status.succeeded}')"
  expect "the API replicas collect nothing" False "$(inside deployment/backend printenv RUN_COLLECTORS)"
  expect "the orchestrator collects" True "$(inside deployment/orchestrator printenv RUN_COLLECTORS)"
  expect "there is one orchestrator, and never two" "1 Recreate" "$(k get deployment orchestrator -o 'jsonpath={.spec.replicas} {.spec.strategy.type}')"
  expect "the autoscaler keeps two API replicas" 2 "$(k get hpa backend -o 'jsonpath={.spec.minReplicas}')"
}
