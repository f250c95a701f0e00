# ---- the new version starts beside the old, then the proxy switches ----
#
# What the proxy leads to runs twice for a while: the new containers start beside the old ones and get the requests when
# all of them are healthy; the old ones finish what they have begun, stay until the new version is verified, and go.
# Which is which is read from the engine, so a deployment that was killed anywhere is just done again.

declare -A copies wanted serving leaving old

#if several
# chosen NAME..: those of them that are deployed here.
chosen() {
  local name
  for name; do
    if [ ${#only[@]} = 0 ]; then echo "$name"; continue; fi
    case " ${only[*]} " in *" $name "*) echo "$name" ;; esac
  done
}

#end

# running SERVICE: its containers.
running() { compose ps --quiet --no-trunc --status running "$1"; }

# version_of SERVICE: all that is said of it, as one word.
version_of() { compose config --format json "$1" | sha256sum | cut -c1-16; }

# as_wanted SERVICE: its containers that were made of what the files say now, from the image that is there now, and that
# are healthy. What each was made of stands in .deploy/made; one of which nothing is known is none of them.
as_wanted() {
  local id image name health
  for id in $(running "$1"); do
    grep -qxF -- "$id ${wanted[$1]}" .deploy/made 2>/dev/null || continue
    read -r image name health < <(docker inspect --format '{{.Image}} {{.Config.Image}} {{with .State.Health}}{{.Status}}{{end}}' "$id") || continue
    if [ "$health" != healthy ] || [ "$image" != "$(docker image inspect --format '{{.Id}}' "$name" 2>/dev/null)" ]; then continue; fi
    if ! is_draining "$id"; then echo "$id"; fi
  done
}

# but WORD..: the lines that are none of these words.
but() {
  local line
  while read -r line; do
    case " $* " in *" $line "*) ;; *) echo "$line" ;; esac
  done
}

#if needed_or_others
# in_place SERVICE..: stopped and started, unless they are as they should be.
in_place() {
  [ $# -gt 0 ] || return 0
  step "in place: $*"
  up "$@" || die "not everything runs and is healthy"
}

#end

start() {
  local service
#if several
  mapfile -t switched < <(chosen "${switched[@]}")
  mapfile -t needed < <(chosen "${needed[@]}")
  mapfile -t others < <(chosen "${others[@]}")
#end
#if needed
  in_place "${needed[@]}"
#end
  for service in "${switched[@]}"; do start_new "$service"; done
  for service in "${switched[@]}"; do wait_healthy "$service"; done
#if others
  in_place "${others[@]}"
#end
  switch
#if orphans
  run compose up --detach --no-deps --no-recreate --remove-orphans "$proxy"
#end
  steady
}

# start_new SERVICE: as many new containers as are missing, beside those that run.
start_new() {
  local service=$1 all=() new=() missing
  if [ "$dry_run" = yes ]; then note "would start the new $service beside the old, unless it runs as it should"; return; fi
  wanted[$service]=$(version_of "$service")
  compose rm --force "$service" >/dev/null 2>&1   # what has ended would be started again
  mapfile -t all < <(running "$service")
  mapfile -t new < <(as_wanted "$service")
  old[$service]=$(running "$service" | but "${new[@]}" | xargs)
  if [ -z "${old[$service]}" ]; then old[$service]=${new[*]}; fi
  missing=$((${copies[$service]} - ${#new[@]}))
  if [ "$missing" -le 0 ]; then note "$service runs as it should"; return; fi
  step "start the new $service beside the old: $missing beside ${#all[@]}"
  if [ ${#all[@]} -gt 0 ]; then hold "$service" "${all[@]}"; fi
  compose up --detach --no-deps --no-recreate --scale "$service=$((${#all[@]} + missing))" "$service" || die "the new $service does not start"
  compose ps --all --quiet --no-trunc "$service" | but "${all[@]}" | sed "s/\$/ ${wanted[$service]}/" >>.deploy/made
}

# wait_healthy SERVICE: until there are as many new containers as there should be, or one of them cannot be.
wait_healthy() {
  local service=$1 id state health restarts end=$((SECONDS + timeout)) new=()
  if [ "$dry_run" = yes ]; then return; fi
  while :; do
    mapfile -t new < <(as_wanted "$service")
    if [ ${#new[@]} -ge "${copies[$service]}" ]; then break; fi
    for id in $(made_beside "$service"); do
      read -r state restarts health < <(docker inspect --format '{{.State.Status}} {{.RestartCount}} {{with .State.Health}}{{.Status}}{{end}}' "$id") || continue
      case $state:$health in
        *:unhealthy) die "the new $service is not healthy: $(docker inspect --format '{{range .State.Health.Log}}{{.Output}}{{end}}' "$id" | grep . | tail -n 1)" ;;
        exited:* | dead:*) die "the new $service has ended" ;;
      esac
      [ "$restarts" -lt 3 ] || die "the new $service ends again and again"
    done
    [ $SECONDS -lt $end ] || die "the new $service is not healthy after ${timeout}s"
    sleep 1
  done
}

# made_beside SERVICE: its containers that were not there before.
made_beside() {
  local before=()
  read -ra before <<<"${old[$1]}"
  compose ps --all --quiet --no-trunc "$1" | but "${before[@]}"
}

# switch: requests go to the new containers only.
switch() {
  local service new=()
  if [ "$dry_run" = yes ]; then note "would switch the proxy over, and stop the old ones of: ${switched[*]}"; return; fi
  serving=() leaving=()
  for service in "${switched[@]}"; do
    mapfile -t new < <(as_wanted "$service" | head -n "${copies[$service]}")
    serving[$service]=${new[*]} leaving[$service]=$(running "$service" | but "${new[@]}" | xargs)
  done
  if [ "$(leave)" = '' ]; then return; fi
  step "switch to the new version"
  hand_over
}

# leave: the containers that are to go, or to serve: their services do not matter any more.
leave() { xargs -n 1 <<<"${leaving[*]}"; }
serve() { xargs -n 1 <<<"${serving[*]}"; }

# retire: the new version is verified, so the old one goes.
retire() {
  local ids=()
  if [ "$dry_run" = yes ]; then return; fi
  mapfile -t ids < <(leave)
  if [ ${#ids[@]} -gt 0 ]; then
    step "stop the old version"
    docker stop "${ids[@]}" >/dev/null || note "not all of the old containers could be stopped"
    docker rm --force "${ids[@]}" >/dev/null || note "not all of the old containers could be removed"
  fi
  compose ps --quiet --no-trunc | grep -F -f - .deploy/made >.deploy/made.new || true
  mv .deploy/made.new .deploy/made
  let_go
}

#if rollback
# drop_new: what has served until now does so again, and what was started beside it goes.
drop_new() {
  local service ids=()
  serving=() leaving=()
  for service in "${!old[@]}"; do
    if [ -z "${old[$service]}" ]; then continue; fi
    serving[$service]=${old[$service]} leaving[$service]=$(made_beside "$service" | xargs)
  done
  mapfile -t ids < <(leave)
  if [ ${#ids[@]} -gt 0 ]; then
    take_back
    docker rm --force "${ids[@]}" >/dev/null
    note "the old version serves as before: ${!serving[*]}"
  fi
  let_go
}

# go_back: those that switch are back already; the others as far as they are not what they were.
go_back() {
  local service changed=()
  restore_good
  for service in "${good_services[@]}"; do
    if [ -n "${old[$service]-}" ]; then continue; fi
    if [ "$(containers_of "$service")" != "$(grep -- "^$service " .deploy/good/containers)" ]; then changed+=("$service"); fi
  done
  if [ ${#changed[@]} -gt 0 ]; then
    up_options=(--force-recreate)
    up "${changed[@]}"
  fi
  note "runs again as of $good_commit"
}
#end

#if inside
ask_once() {
  local id
  id=$(as_wanted "$inside" | head -n 1)
  if [ -z "$id" ]; then id=$(running "$inside" | head -n 1); fi
  docker exec "$id" "${client[@]}" "$1" </dev/null
}
#end
