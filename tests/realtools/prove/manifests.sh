#!/usr/bin/env bash
# The manifests without a server: by the schemas of every Kubernetes that kubernetes-validate knows from 1.30 on, and
# through kubectl's kustomize. What only a server can tell is prove/kubernetes.sh's.
. "$(dirname "$0")/../lib.sh"
. "$kit/examples.sh"
# manifests DIRECTORY: the stream that is applied: of kustomize, or of the files in their order
manifests() {
  if [ -f "$1/kustomization.yaml" ]; then KUBECONFIG=/dev/null kubectl kustomize "$1"; return; fi
  local f; for f in "$1"/*.yaml; do echo ---; cat "$f"; done
}

mapfile -t files < <(find "$GOLDEN" -name '*.yaml' -path '*k8s*' ! -name kustomization.yaml | sort)
[ ${#files[@]} -gt 50 ] || bad "there are only ${#files[@]} golden manifests"
passes "every golden manifest is valid for every version: $(python "$kit/kube_schema.py" "${files[@]}" 2>&1 | tail -n 1)" \
  python "$kit/kube_schema.py" "${files[@]}" || true
sed 's/replicas: 1/replcas: 1/' "$GOLDEN/vyvo-compute/deploy/k8s/30-redis.yaml" >"$tmp/typo.yaml"
if python "$kit/kube_schema.py" "$tmp/typo.yaml" >"$tmp/log" 2>&1; then bad "an unknown field passed"; else ok "and an unknown field does not pass: $(grep -o "'replcas'[a-z ]*" "$tmp/log" | head -n 1)"; fi

# An overlay on its base is the environment on its own: the same spec, laid out as files, is the other side.
for example in $(examples); do
  mapfile -t overlays < <(cd "$GOLDEN/$example" && find . -name kustomization.yaml -path '*overlays*' -printf '%h\n' | sort)
  [ ${#overlays[@]} -gt 0 ] || continue
  # Without the generated files: they would be in the way of others of the same name.
  stage=$tmp/$example && rm -rf "$stage" && cp -a "$EXAMPLES/$example" "$stage"
  (cd "$stage" && sed -i 's/layout: kustomize/layout: files/' specc.* && "$SPECC" build >"$tmp/log" 2>&1) || bad "$example as files: $(tail -n 2 "$tmp/log")"
  for overlay in "${overlays[@]}"; do
    manifests "$GOLDEN/$example/$overlay" >"$tmp/laid.yaml" 2>"$tmp/err" || { bad "$example: kubectl kustomize $overlay: $(tail -n 2 "$tmp/err")"; continue; }
    manifests "$stage/$overlay" >"$tmp/alone.yaml"
    passes "$example: kubectl kustomize $overlay is the environment on its own" python "$kit/same_objects.py" "$tmp/laid.yaml" "$tmp/alone.yaml" || true
  done
done
finish
