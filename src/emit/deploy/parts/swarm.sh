# ---- docker stack ----

check_engine() {
  docker info >/dev/null 2>&1 || die "the Docker engine does not answer on $(uname -n)"
  [ "$(docker info --format '{{.Swarm.ControlAvailable}}')" = true ] || die "$(uname -n) is no manager of a Swarm"
}

#if ahead
# run_jobs: jobs and migrations are services of the stack that end; what they need is deployed with them.
run_jobs() {
  local job name
  step "jobs: ${jobs[*]}"
  for job in "${jobs[@]}"; do
    if docker service inspect "${stack}_$job" >/dev/null 2>&1; then run docker service rm "${stack}_$job" >/dev/null; fi
  done
  run docker stack deploy "${stack_options[@]}" --compose-file "$jobs_file" "$stack"
  if [ "$dry_run" = yes ]; then return; fi
#if first
  wait_for "${first[@]}"
#end
  for job in "${jobs[@]}"; do
    # A job is there with no task to do; now this one gets one.
    name=JOB_${job//[^A-Za-z0-9]/_}
    export "${name^^}=1"
    docker stack deploy "${stack_options[@]}" --compose-file "$jobs_file" "$stack" >/dev/null
    wait_for "$job"
    docker service rm "${stack}_$job" >/dev/null
    unset "${name^^}"
    note "$job is done"
  done
  for job in "${jobs[@]}"; do docker service rm "${stack}_$job" >/dev/null 2>&1 || true; done
}

#end

start() {
  step "deploy the stack $stack"
#if orphans
  run docker stack deploy "${stack_options[@]}" --prune --compose-file "$stack_file" "$stack"
#else
  run docker stack deploy "${stack_options[@]}" --compose-file "$stack_file" "$stack"
#end
  if [ "$dry_run" = yes ]; then return; fi
  wait_for "${services[@]}"
  note "all ${#services[@]} services are there"
}

# wait_for SERVICE..: until each is as the stack says, or one of them cannot be.
wait_for() {
  local service state end=$((SECONDS + timeout)) waiting
  while :; do
    waiting=()
    for service; do
      state=$(state_of "$service")
      case $state in
        there) ;;
        failed*) die "$service: ${state#failed: }" ;;
        *) waiting+=("$service ($state)") ;;
      esac
    done
    if [ ${#waiting[@]} = 0 ]; then break; fi
    [ $SECONDS -lt $end ] || die "not there after ${timeout}s: ${waiting[*]}"
    sleep 1
  done
}

# state_of SERVICE: "there", "failed WHY", or what it is at. A job is there when it has ended well.
state_of() {
  local name=${stack}_$1 update replicas tasks wanted others what
  update=$(docker service inspect --format '{{with .UpdateStatus}}{{.State}} {{.Message}}{{end}}' "$name" 2>/dev/null) || { echo "not created"; return; }
  case $update in
    rollback_*) echo "failed: Swarm has taken it back (${update#* })"; return ;;
    paused*) echo "failed: Swarm has stopped its update (${update#* })"; return ;;
    updating*) echo "updating"; return ;;
  esac
  replicas=$(docker service ls --filter "name=$name" --format '{{.Name}} {{.Replicas}}' | awk -v name="$name" '$1 == name {$1 = ""; print substr($0, 2)}')
  case $replicas in
    *completed*)
      if [[ $replicas =~ \(([0-9]+)/([0-9]+)\ completed ]] && [ "${BASH_REMATCH[1]}" = "${BASH_REMATCH[2]}" ]; then echo there; return; fi
      if docker service ps --format '{{.CurrentState}}' "$name" | grep -q '^Failed'; then echo "failed: its task has ended with an error"; return; fi
      echo "$replicas"; return ;;
  esac
  replicas=${replicas%% *}
  if [ "${replicas%/*}" != "${replicas#*/}" ]; then echo "$replicas"; return; fi
  # Before an update begins, the old tasks still run: those that count are what the service is now.
  what='{{.Image}} {{json .Command}} {{json .Args}} {{json .Env}} {{json .Mounts}} {{json .Configs}} {{json .Secrets}} {{json .Healthcheck}}'
  wanted=$(docker service inspect --format "{{with .Spec.TaskTemplate.ContainerSpec}}$what{{end}}" "$name")
  tasks=$(docker service ps --quiet --filter desired-state=running "$name")
  others=$(xargs --no-run-if-empty docker inspect --format "{{with .Spec.ContainerSpec}}$what{{end}}" <<<"$tasks" | grep -cvxF -- "$wanted" || true)
  if [ "$others" != 0 ]; then echo "updating"; return; fi
  echo there
}

# say_why: the services that do not run as they should, and what they said last.
say_why() {
  local service name
#if ahead
  for service in "${services[@]}" "${jobs[@]}"; do
#else
  for service in "${services[@]}"; do
#end
    name=${stack}_$service
    case $(state_of "$service") in there | "not created") continue ;; esac
    printf -- '-- %s\n' "$service" >&2
    docker service ps --no-trunc --format '{{.Name}}  {{.CurrentState}}  {{.Error}}' "$name" 2>&1 | head -n 4 >&2
    timeout 10 docker service logs --raw --tail 20 "$name" 2>&1 | tail -n 20 >&2
  done
}

#if rollback
# kept_images: a compose file that says which images run now.
kept_images() {
  local service
  printf 'services:\n'
  for service in "${services[@]}"; do
    printf '  %s:\n    image: "%s"\n' "$service" "$(docker service inspect --format '{{.Spec.TaskTemplate.ContainerSpec.Image}}' "${stack}_$service")"
  done
}

go_back() {
  local service images
  images=$(good images.yml)
  # shellcheck source=/dev/null
  . .deploy/good/state
#if ahead
  for service in "${services[@]}" "${jobs[@]}"; do
#else
  for service in "${services[@]}"; do
#end
    case " ${good_services[*]} " in *" $service "*) continue ;; esac
    if docker service inspect "${stack}_$service" >/dev/null 2>&1; then docker service rm "${stack}_$service" >/dev/null; fi
  done
#if tree
  restore_tree
#end
  load_variables
  settings
  # By the digests that ran: a tag may lead to another image by now.
  docker stack deploy "${stack_options[@]}" --resolve-image never --compose-file "$stack_file" --compose-file "$images" "$stack"
  wait_for "${good_services[@]}"
  note "runs again as of $good_commit"
}
#end

#if inside
ask_once() {
  local task
  task=$(docker ps --quiet --filter "label=com.docker.swarm.service.name=${stack}_$inside" | head -n 1)
  [ -n "$task" ] || { echo "no task of $inside runs on $(uname -n)"; return 1; }
  docker exec "$task" "${client[@]}" "$1" </dev/null
}
#end
