#!/usr/bin/env bash
# What specc says an API server refuses, one refuses: the table of fields is the published one, every broken object of
# tests/data/kubernetes is refused by a real server, and faults planted in many manifests are found as
# kubernetes-validate finds them.
. "$(dirname "$0")/../lib.sh"
export KUBECONFIG=$REALTOOLS/k8s/kubeconfig
started=
cleanup() { [ -z "$started" ] || bash "$kit/k8s.sh" down; }

passes "the table of fields is what the API publishes" \
  python "$kit/kubernetes_fields.py" "$root/src/kubernetes/fields.txt"

[ -f "$REALTOOLS/k8s/.built" ] || die "there is no API server: run tests/realtools/k8s.sh build"
if ! kubectl get --raw /readyz >/dev/null 2>&1; then
  bash "$kit/k8s.sh" up >"$tmp/up" 2>&1 || die "the cluster does not start: $(tail -n 3 "$tmp/up")"
  started=1
fi
if said=$(python "$kit/kubernetes_rules.py" 2>&1); then ok "${said##*$'\n'}"; else bad "$said"; fi

# Names of the services whose files have a fault, in order.
python "$root/bench/gen/gen_k8s.py" --services 100 --invalid 20 --out "$tmp/many" >/dev/null
planted=$(python -c 'import json, sys; print(*sorted(json.load(open(sys.argv[1]))["invalid"]))' "$tmp/many/truth.json")
mkdir "$tmp/repo" && cp -r "$tmp/many/manifests" "$tmp/repo/"
found=$(cd "$tmp/repo" && { "$SPECC" check --select K8S --format concise 2>/dev/null || true; } | sed -n 's|^manifests/\(.*\)\.yaml:.*|\1|p' | sort -u)
expect "specc finds the faults that are planted, and no other" "$planted" "$(xargs <<<"$found")"
refused=
for name in $planted; do
  kubernetes-validate -k 1.37 --strict --quiet "$tmp/many/manifests/$name.yaml" >/dev/null 2>&1 || refused+="$name "
done
expect "kubernetes-validate says the same of them" "$planted" "${refused% }"
finish
