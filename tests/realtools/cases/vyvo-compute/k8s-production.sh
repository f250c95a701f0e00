# vyvo-compute on Kubernetes, production: its backing services are managed ones elsewhere. Sourced by prove/kubernetes.sh.
# shellcheck shell=bash disable=SC2034,SC2154,SC1091
. "$kit/cases/vyvo-compute/k8s.sh"
environment=production elsewhere=vyvo-production
checks() {
  expect "the managed Redis is where the orchestrator looks" redis://vyvo.redis.cache.example.com:6379 "$(inside deployment/orchestrator printenv REDIS_URL)"
  expect "and none of the backing services runs here" "" "$(k get statefulsets,persistentvolumeclaims -o name)"
  expect "callers who wait have gateways of their own" 2 "$(k get deployment gateway-sync -o 'jsonpath={.status.readyReplicas}')"
}
