# ---- kubectl ----

kube() { kubectl --namespace "$namespace" "$@"; }

# ended: whatever ends this script comes by here; what has changed and does not come up goes back.
ended() {
  local status=$?
  trap - EXIT ERR
  set +e
  if [ "$status" != 0 ] && [ "$stage" = changing ]; then
    kube get pods --no-headers 2>/dev/null | awk '$3 != "Running" && $3 != "Completed"' >&2
#if rollback
    go_back
#end
  fi
  if [ "$locked" = yes ]; then kube delete configmap "$system-deploying" --ignore-not-found >/dev/null; fi
  if [ "$status" != 0 ]; then printf 'deploy: %s\n' "${reason:-a command failed}" >&2; fi
  exit "$status"
}

# lock: only one client can create the object. One that a killed deployment has left is taken over: when that was on this
# machine, at once, and else after an hour.
lock() {
  local by pid since version
  if [ "$dry_run" = yes ]; then return; fi
  if kube create configmap "$system-deploying" --from-literal="by=$deployer" --from-literal="pid=$$" --from-literal="since=$(date +%s)" >/dev/null 2>&1; then
    locked=yes
    return
  fi
  read -r version by pid since < <(kube get configmap "$system-deploying" --output 'jsonpath={.metadata.resourceVersion} {.data.by} {.data.pid} {.data.since}{"\n"}') ||
    die "the lock $system-deploying could not be made in $namespace"
  # Arithmetic would run what somebody else has put there.
  [[ $since =~ ^[1-9][0-9]*$ ]] || die "the lock $system-deploying does not say since when it is there: kubectl --namespace $namespace delete configmap $system-deploying"
  if { [ "$by" != "$deployer" ] || kill -0 "$pid" 2>/dev/null; } && [ $(($(date +%s) - since)) -le 3600 ]; then
    die "another deployment is running, by $by: kubectl --namespace $namespace get configmap $system-deploying --output yaml"
  fi
  note "the last deployment did not end; it was started by $by"
  # Of two that take it over at once, the second finds another version of it, and fails.
  kube patch configmap "$system-deploying" --patch "$(printf '{"metadata": {"resourceVersion": "%s"}, "data": {"by": "%s", "pid": "%s", "since": "%s"}}' \
    "$version" "$deployer" "$$" "$(date +%s)")" >/dev/null || die "another deployment has just begun"
  locked=yes
}

#if rollback
# revision NAME: the number of the newest revision of a workload.
revision() { kube rollout history "$1" 2>/dev/null | awk '/^[0-9]/ {n = $1} END {print n}'; }

# remember_revisions: what runs now is what a failure goes back to.
remember_revisions() {
  local name
  for name in $(kube get deployments,statefulsets,daemonsets --output name); do revisions[$name]=$(revision "$name"); done
}

# go_back: workloads that have a new revision run the one of before again.
go_back() {
  local name
  for name in "${changed[@]}"; do
    if [ -z "${revisions[$name]-}" ] || [ "$(revision "$name")" = "${revisions[$name]}" ]; then continue; fi
    kube rollout undo "$name" --to-revision="${revisions[$name]}" >/dev/null &&
      kube rollout status --timeout="${timeout}s" "$name" >/dev/null && note "$name runs its last revision again"
  done
}

#end
# apply_file FILE: a manifest, or with -k a directory of kustomize. Its jobs are waited for: a migration is done before
# what comes after it.
apply_file() {
  local line name said failed=no jobs=()
  if [ "$dry_run" = yes ]; then kubectl diff "$flag" "$1" || [ $? = 1 ]; return; fi
  said=$(kubectl apply "$flag" "$1") || failed=yes
  while IFS= read -r line; do
    if [ -n "$line" ]; then note "$line"; fi
    name=${line%% *}
    case $name in
      deployment.apps/* | statefulset.apps/* | daemonset.apps/*)
        started+=("$name")
#if rollback
        if [[ $line == *" configured" ]]; then changed+=("$name"); fi
#end
        ;;
      job.batch/*) jobs+=("$name") ;;
    esac
  done <<<"$said"
  [ "$failed" = no ] || die "$1 was not applied"
  for name in "${jobs[@]}"; do
    kube wait --for=condition=complete --timeout="${timeout}s" "$name" >/dev/null || die "the job $name did not end well"
  done
}

main() {
  local file name
  begin "$@"
  needs_tools kubectl git
#if context
  [ "$(kubectl config current-context)" = "$context" ] ||
    die "kubectl points at $(kubectl config current-context), and $environment is $context: kubectl config use-context $context"
#end
  stage=preparing
  trap ended EXIT
  trap 'reason=${reason:-this failed: $BASH_COMMAND}' ERR
  for file in "${namespace_files[@]}"; do run kubectl apply -f "$file"; done
#if secret
  kube get secret "$secret" >/dev/null 2>&1 || [ "$dry_run" = yes ] || die "there is no Secret $secret in $namespace: fill in its template and apply that first"
#end
  lock
#if rollback
  if [ "$dry_run" = no ]; then remember_revisions; fi
#end
  stage=changing
  for file in "${manifests[@]}"; do
    step "$file"
    apply_file "$file"
  done
  for name in "${started[@]}"; do
    if [ "$dry_run" = no ]; then kube rollout status --timeout="${timeout}s" "$name" >/dev/null || die "$name does not come up"; fi
  done
  stage=finished
  if [ "$dry_run" = no ]; then step "$environment runs $commit"; fi
}
