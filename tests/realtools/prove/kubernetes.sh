#!/usr/bin/env bash
# The manifests on a real API server with a node (k8s.sh build, then this): applied without an error, rolled out until
# ready with stand-in images, asked from inside. Hostile values arrive byte for byte through env, envFrom, args and
# files. The server is of 1.20; kube_1_20.py counts what that takes. ONLY=EXAMPLE runs one system.
. "$(dirname "$0")/../lib.sh"
. "$kit/examples.sh"
export KUBECONFIG=$REALTOOLS/k8s/kubeconfig
namespace=none namespaces=() started=
cleanup() {
  if [ -n "$started" ]; then bash "$kit/k8s.sh" down; else kubectl delete namespace "${namespaces[@]}" --wait=false; fi
}
own_images=' '
standin() { own_images+="$1 "; bash "$kit/images.sh" app "$@" >"$tmp/log" 2>&1 || die "$(tail -n 2 "$tmp/log")"; }
k() { kubectl -n "$namespace" "$@" 2>"$tmp/err"; }
inside() { local what=$1; shift; k exec "$what" -- "$@"; }
# manifests DIRECTORY: the stream that is applied: of kustomize, or of the files in their order
manifests() {
  if [ -f "$1/kustomization.yaml" ]; then KUBECONFIG=/dev/null kubectl kustomize "$1"; return; fi
  local f; for f in "$1"/*.yaml; do echo ---; cat "$f"; done
}

while [ ! -f "$REALTOOLS/k8s/.built" ] && kill -0 "$(cat "$REALTOOLS/k8s/.building" 2>/dev/null)" 2>/dev/null; do sleep 2; done
[ -f "$REALTOOLS/k8s/.built" ] || die "there is no API server: run tests/realtools/k8s.sh build"
if ! kubectl get --raw /readyz >/dev/null 2>&1; then
  bash "$kit/k8s.sh" up >"$tmp/log" 2>&1 || die "the cluster does not start: $(tail -n 3 "$tmp/log")"
  started=1
fi
# apply WHAT FILE [VALUES]: applied to the server without an error, the Secret before it
apply() {
  namespace=$(python -c 'import sys,yaml; print(next(d["metadata"]["name"] for d in yaml.safe_load_all(open(sys.argv[1])) if d and d["kind"] == "Namespace"))' "$2")
  python "$kit/kube_1_20.py" <"$2" >"$tmp/adapted.yaml" 2>"$tmp/counted" || { bad "$1: $(tail -n 2 "$tmp/counted")"; return 1; }
  kubectl create namespace "$namespace" >/dev/null 2>&1 || true
  python "$kit/kube_secret.py" ${3:+"$3"} <"$2" >"$tmp/secret"
  if [ -s "$tmp/secret" ]; then kubectl apply -f "$tmp/secret" >/dev/null 2>"$tmp/err" || { bad "$1: no Secret: $(tail -n 2 "$tmp/err")"; return 1; }; fi
  if kubectl apply --server-side --force-conflicts -f "$tmp/adapted.yaml" >"$tmp/log" 2>&1; then
    ok "$1: $(grep -c 'serverside-applied$' "$tmp/log") objects applied; for 1.20: $(cat "$tmp/counted")"
  else
    bad "$1: apply: $(grep -v 'serverside-applied$' "$tmp/log" | head -n 5)"; return 1
  fi
}
# rolled_out WHAT: every workload is ready, and every Job done
rolled_out() {
  local it start=$SECONDS
  for it in $(k get deployments,statefulsets,jobs -o name); do
    case $it in
      job*) k wait --for=condition=complete "$it" --timeout=150s >/dev/null ;;
      *) k rollout status "$it" --timeout=150s >/dev/null ;;
    esac || { bad "$1: $it does not get ready: $(k get pods --no-headers | grep -v ' Running ' | head -n 3) $(k get events --sort-by=.lastTimestamp -o custom-columns=M:.message --no-headers | tail -n 2)"; return 1; }
  done
  ok "$1: everything is ready ($((SECONDS - start)) s)"
}
# of CASE: what is known of an environment: sets $example, $environment and where it is tried if not in the namespace
# that it names; defines images and checks
of() {
  example=$(basename "$(dirname "$1")") environment='' elsewhere=''
  # shellcheck disable=SC1090
  . "$1"
  what=$example/$environment
}
# All are applied before one is waited for: they start while the others do.
declare -A applied=()
# shellcheck disable=SC2231 # a pattern, unless ONLY names one
for case in "$kit"/cases/${ONLY:-*}/k8s*.sh; do
  of "$case"
  choose "$example" k8s
  IFS='|' read -r _ _ _ file _ < <(grep "^$environment|" <<<"$chosen") || { bad "$example has no k8s environment $environment"; continue; }
  manifests "$GOLDEN/$example/$file" >"$tmp/system.yaml"
  [ -z "$elsewhere" ] || sed -i "/^kind: Namespace/,/^  name:/ s/^  name: .*/  name: $elsewhere/; s/^  namespace: .*/  namespace: $elsewhere/" "$tmp/system.yaml"
  own_images=' '
  images
  for image in $(grep -oP '^\s+(- )?image: \K[^@\s]+' "$tmp/system.yaml" | tr -d '"' | sort -u); do
    [[ $own_images = *" $image "* ]] || passes "$what: a stand-in for $image" bash "$kit/images.sh" "$image" || true
  done
  values=$kit/cases/$example/values.env
  [ -f "$values" ] || values=
  if apply "$what" "$tmp/system.yaml" "$values"; then applied[$case]=$namespace; fi
  namespaces+=("$namespace")
done

# --- hostile values -----------------------------------------------------------------------------------
expected=$EXAMPLES/values/expected.json
python "$kit/hostile_spec.py" "$expected" "$tmp/hostile"
standin app:1 ports=8000,8001 health=/
(cd "$tmp/hostile" && "$SPECC" build >"$tmp/log" 2>&1) || die "the hostile spec: $(tail -n 5 "$tmp/log")"
manifests "$tmp/hostile/k8s" >"$tmp/hostile.yaml"
# As it was generated, and not with --server-side: that hands the server YAML with control characters, which it refuses.
namespace=hostile
kubectl create namespace hostile >/dev/null 2>&1 || true
python "$kit/kube_secret.py" <"$tmp/hostile.yaml" | kubectl apply -f - >/dev/null 2>"$tmp/err" || bad "hostile: no Secret: $(tail -n 2 "$tmp/err")"
hostile=
if passes "hostile: applied as it was generated" kubectl apply -f "$tmp/hostile/k8s"; then hostile=1; fi
namespaces+=(hostile)

# --- ready ----------------------------------------------------------------------------------------------
# shellcheck disable=SC2231 # a pattern, unless ONLY names one
for case in "$kit"/cases/${ONLY:-*}/k8s*.sh; do
  [ -n "${applied[$case]:-}" ] || continue
  of "$case"
  namespace=${applied[$case]}
  if rolled_out "$what"; then checks; fi
done
namespace=hostile
if [ -n "$hostile" ] && rolled_out hostile; then
  inside deployment/app cat /proc/1/environ >"$tmp/environ"
  inside deployment/app cat /proc/1/cmdline >"$tmp/cmdline"
  inside deployment/app sh -c 'cat /etc/app/text.conf' >"$tmp/text.conf"
  inside deployment/app sh -c 'cat /etc/app/binary.bin' >"$tmp/binary.bin"
  inside deployment/app sh -c 'cat /etc/all/status.yaml' >"$tmp/status.yaml"
  while IFS= read -r line; do
    case $line in same\ *) ok "hostile: ${line#same }" ;; *) bad "hostile: ${line#differs }" ;; esac
  done < <(python "$kit/same_hostile.py" "$expected" "$tmp")
fi
finish
