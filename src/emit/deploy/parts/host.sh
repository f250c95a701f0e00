# ---- on the host ----

# lock: one deployment at a time. The lock goes away with its process, however that ends.
lock() {
  if [ "$dry_run" = yes ]; then return; fi
  mkdir -p .deploy
  chmod 700 .deploy
  printf '*\n' >.deploy/.gitignore
  exec 9>>.deploy/lock
  flock --timeout "$lock_timeout" 9 || die "another deployment is running here: $(cat .deploy/running 2>/dev/null || echo 'it has not said which')"
  if [ -s .deploy/running ]; then note "the last deployment did not end: $(cat .deploy/running)"; fi
  printf '%s of %s by %s\n' "$environment" "$commit" "$deployer" >.deploy/running
}

# audit OUTCOME: one line in the log of deployments.
audit() {
  printf '%s\t%s\t%s\t%s\t%s\t%ss\t%s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$environment" "$1" "$commit" "$deployer" \
    "$SECONDS" "${reason//[$'\t\n']/ }" >>.deploy/log
}

# ended: whatever ends this script comes by here; what has begun to change goes back.
ended() {
  local status=$? outcome=failed
  trap - EXIT ERR
  trap '' PIPE
  set +e
  if [ "$dry_run" = yes ]; then exit "$status"; fi
  case $status:$stage in
    *:waiting)
      printf 'deploy: %s\n' "${reason:-it could not begin}" >&2
      exit "$status"
      ;;
    0:*) outcome=deployed ;;
    129:* | 130:* | 141:* | 143:*)
      note "interrupted: run it again, it goes on from here"
      audit interrupted
      exit "$status"
      ;;
    *:changing)
      say_why
#if rollback
#if bluegreen
      # Not `if (drop_new)`: in a condition, bash does not stop at errors.
      (set -e; drop_new)
#end
      if [ ! -f .deploy/good/state ]; then
        note "no deployment has worked here yet, so there is nothing to go back to"
      else
        step "back to what ran before"
        # Not `if (go_back)`: in a condition, bash does not stop at errors.
        (set -e; go_back)
        # shellcheck disable=SC2181
        if [ $? = 0 ]; then outcome='rolled back'; else outcome='failed, and what ran before does not run again'; fi
      fi
#end
      ;;
#if tree
    *) (set -e; restore_tree) ;;
#end
  esac
  audit "$outcome"
  rm -f .deploy/running
  if [ "$status" != 0 ]; then printf 'deploy: %s: %s\n' "$outcome" "${reason:-a command failed}" >&2; fi
#if tell
  tell "$outcome"
#end
  exit "$status"
}

#if tell
# tell OUTCOME: those who want to hear of it.
tell() {
  local text="$system $environment $1: $commit by $deployer${reason:+ ($reason)}"
#if ntfy
  if [ -n "$ntfy" ]; then
    case $ntfy in http*) ;; *) ntfy=https://ntfy.sh/$ntfy ;; esac
    curl -fsS -m 10 -o /dev/null -H "Title: $system $environment $1" -d "$text" -- "$ntfy" || note "the notification was not sent"
  fi
#end
#if webhook
  if [ -n "$webhook" ]; then
    text=${text//\\/\\\\} text=${text//\"/\\\"} text=${text//[$'\n\t\r']/ }
    curl -fsS -m 10 -o /dev/null -H 'Content-Type: application/json' -d "{\"text\": \"$text\"}" -- "$webhook" || note "the notification was not sent"
  fi
#end
}

#end
#if lines
# lines TITLE LINE..: shell lines of the spec, each by a shell of its own.
lines() {
  local line title=$1; shift
  step "$title"
  for line; do
    if [ "$dry_run" = yes ]; then note "would run: $line"; continue; fi
    bash -euo pipefail -c "$line" || die "this failed: $line"
  done
}

#end
#if networks
# make_networks: external networks belong to nobody in particular; whoever comes first makes them.
make_networks() {
  local network
  for network in "${external_networks[@]}"; do
    if docker network inspect "$network" >/dev/null 2>&1; then continue; fi
    note "there is no network $network yet"
#if swarm
    run docker network create --driver overlay --attachable "$network" >/dev/null
#else
    run docker network create "$network" >/dev/null
#end
  done
}

#end
#if volumes
check_volumes() {
  local volume
  for volume in "${external_volumes[@]}"; do
    docker volume inspect "$volume" >/dev/null 2>&1 || die "there is no volume $volume, and it is not this system's to make"
  done
}

#end
#if directories
make_directories() {
  local directory
  for directory in "${directories[@]}"; do
    if [ ! -d "$directory" ]; then run mkdir -p -- "$directory"; fi
  done
}

#end
#if urls
# ask: addresses that must answer.
ask() {
  local url i
  step "verify"
  for url in "${urls[@]}"; do
    if [ "$dry_run" = yes ]; then note "would ask $url"; continue; fi
    for ((i = 1; ; i++)); do
      if ask_once "$url" >.deploy/answer 2>&1; then break; fi
      [ "$i" -lt "$tries" ] || die "$url does not answer as it should: $(tail -n 1 .deploy/answer)"
      sleep "$every"
    done
    note "$url answers"
  done
}
#if !inside

ask_once() { curl -fsS -m 10 -o /dev/null -- "$1"; }
#end

#end
#if prune
prune() {
#if prune_nameless
  run docker image prune --force >/dev/null
#end
#if prune_age
  run docker image prune --all --force --filter "until=$prune_images" >/dev/null
#end
#if prune_named
  local image
  # An image that a container uses is not removed: docker refuses.
  for image in $(docker image ls --quiet --filter "reference=$prune_images" | sort -u); do
    if [ "$dry_run" = yes ]; then note "would try to remove image $image"; continue; fi
    docker image rm "$image" >/dev/null 2>&1 || true
  done
#end
#if prune_builder
  run docker builder prune --force --filter "until=$prune_builder" >/dev/null
#end
}

#end
#if rollback
# good FILE: of what is kept from the last deployment that worked.
good() { printf '%s/.deploy/good/%s' "$PWD" "$1"; }

# keep: what runs now is what a later failure goes back to.
keep() {
#if push
  local i
#else
#if given
  local i
#end
#end
  if [ "$dry_run" = yes ]; then return; fi
  rm -rf .deploy/good.new
  mkdir -p .deploy/good.new
  kept_images >.deploy/good.new/images.yml
#if bluegreen
  kept_containers >.deploy/good.new/containers
#end
  {
    printf 'good_commit=%s\ngood_services=(%s)\n' "$(word "$commit")" "$(quoted "${services[@]}")"
#if given
    printf 'declare -A given=()\n'
    for i in "${!given[@]}"; do printf 'given+=([%s]=%s)\n' "$i" "$(word "${given[$i]}")"; done
#end
#if push
    printf 'good_files=(%s)\n' "$(for ((i = 0; i < ${#files[@]}; i += 3)); do quoted "$(stat -c %a -- "${files[i + 2]}")" "${files[i + 2]}"; done)"
#end
  } >.deploy/good.new/state
#if push
  for ((i = 0; i < ${#files[@]}; i += 3)); do cp -p -- "${files[i + 2]}" ".deploy/good.new/$((i / 3))"; done
#end
  rm -rf .deploy/good
  mv .deploy/good.new .deploy/good
}
#end
