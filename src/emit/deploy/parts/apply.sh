# ---- kubectl ----

kube() { kubectl --namespace "$namespace" "$@"; }

# unlock, and go back when something has changed and does not come up.
applied() {
  local status=$? name
  trap - EXIT ERR
  set +e
  if [ "$locked" = yes ]; then kube delete configmap "$system-deploying" --ignore-not-found >/dev/null; fi
  if [ "$status" != 0 ] && [ "$stage" = changing ]; then
    kube get pods --no-headers 2>/dev/null | awk '$3 != "Running" && $3 != "Completed"' >&2
    for name in "${changed[@]}"; do
      if [ "$rollback" = yes ]; then kube rollout undo "$name" && note "$name is back to its last revision"; fi
    done
  fi
  if [ "$status" != 0 ]; then printf 'deploy: %s\n' "${reason:-a command failed}" >&2; fi
  exit "$status"
}

# lock: only one client can create the object.
lock() {
  if [ "$dry_run" = yes ]; then return; fi
  kube create configmap "$system-deploying" --from-literal="by=$deployer" --from-literal="commit=$commit" >/dev/null 2>&1 ||
    die "another deployment is running: kubectl -n $namespace get configmap $system-deploying -o yaml tells which; delete it if that one is dead"
  locked=yes
}

# apply_file FILE: a manifest, or with -k a directory of kustomize; and wait for what it starts.
apply_file() {
  local line name
  if [ "$dry_run" = yes ]; then kubectl diff "$flag" "$1" || [ $? = 1 ]; return; fi
  while IFS= read -r line; do
    note "$line"
    name=${line%% *}
    case $name in
      deployment.apps/* | statefulset.apps/* | daemonset.apps/*)
        started+=("$name")
        if [[ $line == *" configured" ]]; then changed+=("$name"); fi
        ;;
      job.batch/*) jobs_of_file+=("$name") ;;
    esac
  done < <(kubectl apply "$flag" "$1" || echo "failed $1")
  [[ ${line-} != failed* ]] || die "$1 was not applied"
  # A migration is done before what comes after it.
  for name in "${jobs_of_file[@]}"; do
    kube wait --for=condition=complete --timeout="${timeout}s" "$name" >/dev/null || die "the job $name did not end well"
  done
  jobs_of_file=()
}

main() {
  local file name
  begin "$@"
  needs_tools kubectl git
  [ -z "$context" ] || [ "$(kubectl config current-context)" = "$context" ] ||
    die "kubectl points at $(kubectl config current-context), and $environment is $context: kubectl config use-context $context"
  trap applied EXIT
  trap 'reason=${reason:-this failed: $BASH_COMMAND}' ERR
  for file in "${namespace_files[@]}"; do run kubectl apply -f "$file"; done
  for name in "${required_secrets[@]}"; do
    kube get secret "$name" >/dev/null 2>&1 || [ "$dry_run" = yes ] || die "there is no Secret $name in $namespace: fill in its template and apply that first"
  done
  lock
  stage=changing
  for file in "${manifests[@]}"; do
    step "$file"
    apply_file "$file"
  done
  for name in "${started[@]}"; do
    kube rollout status --timeout="${timeout}s" "$name" >/dev/null || die "$name does not come up"
  done
  stage=finished
  if [ "$dry_run" = no ]; then step "$environment runs $commit"; fi
}
