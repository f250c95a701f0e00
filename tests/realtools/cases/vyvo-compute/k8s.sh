# vyvo-compute on Kubernetes, staging. Sourced by prove/kubernetes.sh.
# shellcheck shell=bash disable=SC2034,SC2154
environment=staging
images() {
  standin ghcr.io/vyvo/compute-gateway:0.9.0 ports=8080 health=/healthz env=GATEWAY_LISTEN_ADDR,GATEWAY_ORCHESTRATOR_URL
  standin ghcr.io/vyvo/compute-orchestrator:0.9.0 ports=8081 health=/healthz env=PORT,REDIS_URL
  standin ghcr.io/vyvo/runner-qwen:0.9.0 ports=9001 health=/healthz env=PORT,REDIS_URL,VYVO_MODEL_ID
}
checks() {
  expect "the gateway has its ConfigMap" 'listen_addr: ":8080"' "$(inside deployment/gateway cat /app/configs/config.yaml | grep ^listen_addr)"
  expect "the gateway reaches the orchestrator by its name" 200 "$(inside deployment/gateway curl -s -o /dev/null -m 9 -w '%{http_code}' http://orchestrator.vyvo-compute.svc.cluster.local:8081/healthz)"
  expect "two gateways" 2 "$(k get deployment gateway -o 'jsonpath={.status.readyReplicas}')"
  expect "the gateway runs as its user, and cannot write its files" '65532 refused' "$(inside deployment/gateway sh -c 'id -u; touch /x 2>/dev/null && echo written || echo refused' | paste -sd' ')"
  expect "no account token is mounted" missing "$(inside deployment/gateway sh -c 'test -e /var/run/secrets/kubernetes.io && echo there || echo missing')"
  expect "no variables of other Services" 0 "$(inside deployment/gateway env | grep -c '^REDIS_PORT=tcp\|^ORCHESTRATOR_SERVICE_HOST=' || true)"
}
