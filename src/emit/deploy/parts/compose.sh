# ---- docker compose ----

compose() { docker compose "${compose_arguments[@]}" "$@"; }

check_engine() {
  docker info >/dev/null 2>&1 || die "the Docker engine does not answer on $(uname -n)"
  docker compose version >/dev/null 2>&1 || die "docker compose is missing on $(uname -n)"
  if [ "$dry_run" = yes ]; then return; fi
  compose config --quiet || die "docker compose does not take these files"
}

# up SERVICE..: start them, and wait until they run and are healthy; further options in up_options. Compose fails, instead of
# waiting, for a service whose check is switched off.
up() {
  local service wait=() rest=()
  for service; do
    case " ${unchecked[*]} " in *" $service "*) rest+=("$service") ;; *) wait+=("$service") ;; esac
  done
  if [ ${#wait[@]} -gt 0 ]; then
    run compose up --detach --no-deps --wait --wait-timeout "$timeout" "${up_options[@]}" "${wait[@]}" || return
  fi
  if [ ${#rest[@]} -gt 0 ]; then run compose up --detach --no-deps "${up_options[@]}" "${rest[@]}"; fi
}

get_images() {
  step "images"
  case $build in
    no) run compose pull --quiet ;;
    all) run compose pull --quiet --ignore-buildable; run compose build --quiet ;;
    *) run compose pull --quiet --ignore-buildable; run compose build --quiet "${build_services[@]}" ;;
  esac
}

run_jobs() {
  local job
  if [ ${#only[@]} -gt 0 ]; then return; fi
  if [ ${#first[@]} -gt 0 ]; then
    step "what jobs and migrations need"
    up "${first[@]}" || die "not ready for jobs: ${first[*]}"
  fi
  for job in "${jobs[@]}"; do
    step "job $job"
    run compose run --rm --no-deps -T "$job" </dev/null || die "the job $job failed"
  done
  migrate
}

# migration SERVICE WORD..: in a new container of the service, before the service itself is new.
migration() {
  local service=$1 program=$2; shift 2
  step "migration in $service"
  run compose run --rm --no-deps -T --entrypoint "$program" "$service" "$@" </dev/null || die "the migration in $service failed"
}

# steady: a container that ends and is started again looks like one that runs, for a moment.
steady() {
  local restarting
  if [ "$dry_run" = yes ]; then return; fi
  sleep 2
  restarting=$(compose ps --all --format '{{.Service}} {{.State}}' | awk '$2 == "restarting" {print $1}' | sort -u | xargs)
  [ -z "$restarting" ] || die "ending again and again: $restarting"
}

say_why() {
  local service state health
  compose ps --all --format 'table {{.Service}}\t{{.Status}}' >&2
  compose ps --all --format '{{.Service}} {{.State}} {{.Health}}' | sort -u | while read -r service state health; do
    if [ "$state" = running ] && [ "$health" != unhealthy ]; then continue; fi
    case " ${jobs[*]} " in *" $service "*) continue ;; esac
    printf -- '-- the last lines of %s\n' "$service" >&2
    compose logs --no-color --tail 20 "$service" >&2
  done
}

kept_images() {
  local service id
  printf 'services:\n'
  compose ps --format '{{.Service}} {{.ID}}' | sort -u -k1,1 | while read -r service id; do
    case " ${services[*]} " in *" $service "*) ;; *) continue ;; esac
    printf '  %s:\n    image: "%s"\n    pull_policy: never\n    build: !reset null\n' "$service" "$(docker inspect --format '{{.Image}}' "$id")"
  done
}

# containers_of SERVICE: the service and its containers, as one line.
containers_of() { printf '%s %s\n' "$1" "$(compose ps --quiet --no-trunc "$1" | sort | xargs)"; }

kept_containers() {
  local service
  for service in "${services[@]}"; do containers_of "$service"; done
}

# restore_good: the files and settings of the last deployment that worked; what it did not have goes.
restore_good() {
  local service new=()
  # shellcheck source=/dev/null
  . .deploy/good/state
  for service in "${services[@]}"; do
    case " ${good_services[*]} " in *" $service "*) ;; *) new+=("$service") ;; esac
  done
  if [ ${#new[@]} -gt 0 ]; then compose rm --stop --force "${new[@]}"; fi
  restore_tree
  load_variables
  settings
  compose_arguments+=(--file "$(good images.yml)")
}
