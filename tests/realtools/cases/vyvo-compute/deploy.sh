# vyvo-compute: the manifests of staging, applied in their order to the real API server, whose node runs what they start.
# The server is of 1.20: a kubectl in front of the real one adapts each file to it. Sourced by prove/systems.sh.
# shellcheck shell=bash disable=SC2154
cluster() {
  [ -f "$REALTOOLS/k8s/.built" ] || die "there is no API server: run tests/realtools/k8s.sh build"
  if ! KUBECONFIG=$REALTOOLS/k8s/kubeconfig kubectl get --raw /readyz >/dev/null 2>&1; then
    undo+=("bash '$kit/k8s.sh' down")
    bash "$kit/k8s.sh" up >"$tmp/log" 2>&1 || die "the cluster does not start: $(tail -n 3 "$tmp/log")"
  fi
  undo+=("kubectl delete namespace vyvo-compute --wait=false")
  cp "$REALTOOLS/k8s/kubeconfig" "$tmp/kubeconfig"
  export KUBECONFIG=$tmp/kubeconfig
  cat >"$tmp/bin/kubectl" <<WRAPPER
#!/usr/bin/env bash
set -euo pipefail
kubectl=$(command -v kubectl)
if [ "\${1-}" = apply ] && [ "\${2-}" = -f ] && [ -f "\$3" ]; then
  if [ "\$(cat "$tmp/die_before" 2>/dev/null)" = "\$3" ]; then kill -9 \$(ps -o ppid= -p \$PPID) \$PPID; exit 1; fi
  exec "\$kubectl" apply -f - < <($(command -v python) "$kit/kube_1_20.py" <"\$3" 2>/dev/null)
fi
exec "\$kubectl" "\$@"
WRAPPER
  chmod +x "$tmp/bin/kubectl" && hash -r
}
k() { kubectl --namespace vyvo-compute "$@" 2>/dev/null; }
field() { k get "$1" --output "jsonpath=$2"; }
gateway_runs() { field deployment/gateway '{.spec.template.spec.containers[0].image} {.status.readyReplicas}'; }
files_applied() { sed -n 's|^== deploy/k8s/\(.*\)\.yaml|\1|p' "$tmp/log" | paste -sd' '; }

deploys() {
  local revision version
  standin ghcr.io/vyvo/compute-gateway:0.9.0 ports=8080 health=/healthz env=GATEWAY_LISTEN_ADDR,GATEWAY_ORCHESTRATOR_URL
  standin ghcr.io/vyvo/compute-gateway:0.9.1 ports=8080 health=/healthz env=NOBODY_SETS_THIS
  standin ghcr.io/vyvo/compute-orchestrator:0.9.0 ports=8081 health=/healthz env=PORT,REDIS_URL
  standin ghcr.io/vyvo/runner-qwen:0.9.0 ports=9001 health=/healthz env=PORT,REDIS_URL,VYVO_MODEL_ID
  # shellcheck disable=SC2046 # one word an image
  bash "$kit/images.sh" $(grep -hoP '^\s+(- )?image: \K[^@\s]+' deploy/k8s/*.yaml | tr -d '"' | grep -v /vyvo/ | sort -u) >"$tmp/log" 2>&1 || die "$(tail -n 2 "$tmp/log")"
  cluster
  git init -q -b main . && commit one

  if deploy deploy-staging.sh; then bad "vyvo-compute: deployed to another cluster"; fi
  expect "vyvo-compute: another cluster is not touched" "1 none" \
    "$(told 'deploy: kubectl points at try, and staging is vyvo-staging') $(kubectl get namespace vyvo-compute --output name 2>/dev/null || echo none)"
  kubectl config rename-context try vyvo-staging >/dev/null
  if deploy deploy-staging.sh; then bad "vyvo-compute: deployed without its Secret"; fi
  expect "vyvo-compute: without its Secret nothing is applied" "1 " "$(told 'deploy: there is no Secret vyvo-compute-secrets in vyvo-compute') $(k get deployments,statefulsets --output name)"
  # As the template says: filled in outside of the repository.
  sed 's/: ""$/: s3cret/' deploy/k8s/secret.yaml.template >"$tmp/secret.yaml" && kubectl apply -f "$tmp/secret.yaml" >/dev/null

  deployed "vyvo-compute: the first deployment" deploy-staging.sh || return 0
  expect "vyvo-compute: in the order that the owner names" "redis postgres minio orchestrator gateway runner-qwen-image" \
    "$(files_applied | tr ' ' '\n' | sed -n 's/^[0-9]*-\(redis\|postgres\|minio\|orchestrator\|gateway\|runner-qwen-image\)$/\1/p' | paste -sd' ')"
  expect "vyvo-compute: every file of it" "$(find deploy/k8s -name '[1-9]*.yaml' -printf '%f\n' -o -name '05*.yaml' -printf '%f\n' | sort | sed 's/\.yaml$//' | paste -sd' ')" "$(files_applied)"
  expect "vyvo-compute: two gateways are ready when it says so" "ghcr.io/vyvo/compute-gateway:0.9.0 2" "$(gateway_runs)"
  expect "vyvo-compute: the gateway reaches the orchestrator" 200 \
    "$(k exec deployment/gateway -- curl -s -o /dev/null -m 9 -w '%{http_code}' http://orchestrator.vyvo-compute.svc.cluster.local:8081/healthz)"
  expect "vyvo-compute: its lock is gone" "" "$(k get configmap vyvo-compute-deploying --output name)"

  revision=$(field deployment/gateway '{.metadata.annotations.deployment\.kubernetes\.io/revision}')
  deployed "vyvo-compute: the same again" deploy-staging.sh || return 0
  expect "vyvo-compute: the same again starts nothing anew" "$revision" "$(field deployment/gateway '{.metadata.annotations.deployment\.kubernetes\.io/revision}')"

  # Killed before the gateway: its lock stays, and the next one takes it over, for this machine knows that it is dead.
  find deploy/k8s -name '*-gateway.yaml' >"$tmp/die_before"
  sed -i 's/replicas: 2/replicas: 1/' "$(cat "$tmp/die_before")" && commit fewer
  if deploy deploy-staging.sh; then bad "vyvo-compute: it was not killed"; fi
  expect "vyvo-compute: a killed one leaves its lock" configmap/vyvo-compute-deploying "$(k get configmap vyvo-compute-deploying --output name)"
  rm "$tmp/die_before"
  deployed "vyvo-compute: killed half way, and repeated" deploy-staging.sh || return 0
  expect "vyvo-compute: it tells of the one that did not end, and ends right" "1 ghcr.io/vyvo/compute-gateway:0.9.0 1" "$(told 'the last deployment did not end') $(gateway_runs)"

  version=$(date +%s)
  k create configmap vyvo-compute-deploying --from-literal=by=somebody@elsewhere --from-literal=pid=1 --from-literal="since=$version" >/dev/null
  if deploy deploy-staging.sh; then bad "vyvo-compute: two deployed at once"; fi
  expect "vyvo-compute: not while another one does, and its lock stays" "1 somebody@elsewhere" \
    "$(told 'deploy: another deployment is running, by somebody@elsewhere') $(field configmap/vyvo-compute-deploying '{.data.by}')"
  k delete configmap vyvo-compute-deploying >/dev/null

  # What the server refuses is a failure, and is said.
  cp deploy/k8s/33-orchestrator.yaml "$tmp/orchestrator.yaml"
  sed -i 's/^\( *\)image: .*orchestrator.*/&\n\1imagePullPolicy: Perhaps/' deploy/k8s/33-orchestrator.yaml && commit refused
  if deploy deploy-staging.sh; then bad "vyvo-compute: a refused manifest was taken for applied"; fi
  expect "vyvo-compute: a refused manifest is the reason" "deploy: deploy/k8s/33-orchestrator.yaml was not applied" "$(tail -n 1 "$tmp/log")"
  cp "$tmp/orchestrator.yaml" deploy/k8s/33-orchestrator.yaml && commit mended

  sed -i 's/^timeout=.*/timeout=40/' scripts/deploy-staging.sh
  sed -i 's/compute-gateway:0.9.0/compute-gateway:0.9.1/' deploy/k8s/*-gateway.yaml && commit broken
  if deploy deploy-staging.sh; then bad "vyvo-compute: a broken gateway was taken for a good one"; fi
  expect "vyvo-compute: a broken gateway goes back, and that is said" "1 1" \
    "$(told 'deployment.apps/gateway runs its last revision again') $(told 'deploy: deployment.apps/gateway does not come up')"
  expect "vyvo-compute: the one of before runs" "ghcr.io/vyvo/compute-gateway:0.9.0 1" "$(gateway_runs)"
}
