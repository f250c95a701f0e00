# ---- docker compose ----

compose() { docker compose "${compose_arguments[@]}" "$@"; }

check_engine() {
  docker info >/dev/null 2>&1 || die "the Docker engine does not answer on $(uname -n)"
  docker compose version >/dev/null 2>&1 || die "docker compose is missing on $(uname -n)"
  if [ "$dry_run" = yes ]; then return; fi
  compose config --quiet || die "docker compose does not take these files"
}

#if unchecked
# up SERVICE..: start them, and wait until they run and are healthy; further options in up_options. Compose fails, instead
# of waiting, for a service whose check is switched off.
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
#else
# up SERVICE..: start them, and wait until they run and are healthy; further options in up_options.
up() { run compose up --detach --no-deps --wait --wait-timeout "$timeout" "${up_options[@]}" "$@"; }
#end

# drop_half_made: compose gives a new container its name last. One whose start was killed has another, under which nobody
# finds it, and which it would keep.
drop_half_made() {
  local id name
  if [ "$dry_run" = yes ]; then return; fi
  compose ps --all --format '{{.ID}} {{.Name}}' | while read -r id name; do
    if [[ $name =~ ^[0-9a-f]{12}_ ]]; then docker rm --force "$id" >/dev/null; fi
  done
}

get_images() {
  step "images"
#if build
  run compose pull --quiet --ignore-buildable
#if build_some
  run compose build --quiet "${build_services[@]}"
#else
  run compose build --quiet
#end
#else
  run compose pull --quiet
#end
}

#if ahead
# run_jobs: what must be done before the new code runs.
run_jobs() {
#if jobs
  local job
#end
#if first_own
  local service
#end
#if several
  if [ ${#only[@]} -gt 0 ]; then return; fi
#end
#if first
  step "what jobs and migrations need"
  up "${first[@]}" || die "not ready for jobs: ${first[*]}"
#end
#if first_own
  for service in "${first_own[@]}"; do
    if [ "$dry_run" = no ] && [ -n "$(compose ps --quiet --status running "$service")" ]; then continue; fi
    up "$service" || die "not ready for jobs: $service"
  done
#end
#if jobs
  for job in "${jobs[@]}"; do
    step "job $job"
    run compose run --rm --no-deps -T "$job" </dev/null || die "the job $job failed"
  done
#end
#if migrate
  migrate
#end
}

#end
#if migrate
# migration SERVICE WORD..: in a new container of the service, before the service itself is new.
migration() {
  local service=$1 program=$2; shift 2
  step "migration in $service"
  run compose run --rm --no-deps -T --entrypoint "$program" "$service" "$@" </dev/null || die "the migration in $service failed"
}

#end

# steady: a container that ends and is started again looks like one that runs, for a moment.
steady() {
  local restarting
  if [ "$dry_run" = yes ]; then return; fi
  sleep 2
  restarting=$(compose ps --all --format '{{.Service}} {{.State}}' | awk '$2 == "restarting" {print $1}' | sort -u | xargs)
  [ -z "$restarting" ] || die "ending again and again: $restarting"
}

# say_why: the services that do not run as they should, and what they said last.
say_why() {
  local service state health
  compose ps --all --format 'table {{.Service}}\t{{.Status}}' >&2
  compose ps --all --format '{{.Service}} {{.State}} {{.Health}}' | sort -u | while read -r service state health; do
    if [ "$state" = running ] && [ "$health" != unhealthy ]; then continue; fi
#if jobs
    case " ${jobs[*]} " in *" $service "*) continue ;; esac
#end
    printf -- '-- the last lines of %s\n' "$service" >&2
    compose logs --no-color --tail 20 "$service" >&2
  done
}

#if rollback
# kept_images: a compose file that says which images run now.
kept_images() {
  local service id
  printf 'services:\n'
  compose ps --format '{{.Service}} {{.ID}}' | sort -u -k1,1 | while read -r service id; do
    case " ${services[*]} " in *" $service "*) ;; *) continue ;; esac
    printf '  %s:\n    image: "%s"\n    pull_policy: never\n    build: !reset null\n' "$service" "$(docker inspect --format '{{.Image}}' "$id")"
  done
}

#if bluegreen
# containers_of SERVICE: the service and its containers, as one line.
containers_of() { printf '%s %s\n' "$1" "$(compose ps --quiet --no-trunc "$1" | sort | xargs)"; }

kept_containers() {
  local service
  for service in "${services[@]}"; do containers_of "$service"; done
}

#end

# restore_good: the files and settings of the last deployment that worked; what it did not have goes.
restore_good() {
  local service new=()
  # shellcheck source=/dev/null
  . .deploy/good/state
  for service in "${services[@]}"; do
    case " ${good_services[*]} " in *" $service "*) ;; *) new+=("$service") ;; esac
  done
  if [ ${#new[@]} -gt 0 ]; then compose rm --stop --force "${new[@]}"; fi
#if tree
  restore_tree
#end
  load_variables
  settings
  compose_arguments+=(--file "$(good images.yml)")
}
#end
