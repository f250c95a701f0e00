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
  local status=$?
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
      outcome=failed
      # Not `if (drop_new)`: in a condition, bash does not stop at errors.
      if [ "$rollback" = yes ]; then (set -e; drop_new); fi
      if [ "$rollback" = yes ] && [ ! -f .deploy/good/state ]; then
        note "no deployment has worked here yet, so there is nothing to go back to"
      elif [ "$rollback" = yes ]; then
        step "back to what ran before"
        (set -e; go_back)
        # shellcheck disable=SC2181
        if [ $? = 0 ]; then outcome='rolled back'; else outcome='failed, and what ran before does not run again'; fi
      fi
      ;;
    *)
      outcome=failed
      (set -e; restore_tree)
      ;;
  esac
  audit "$outcome"
  rm -f .deploy/running
  if [ "$status" != 0 ]; then printf 'deploy: %s: %s\n' "$outcome" "${reason:-a command failed}" >&2; fi
  tell "$outcome"
  exit "$status"
}

# tell OUTCOME: those who want to hear of it.
tell() {
  local text="$system $environment $1: $commit by $deployer${reason:+ ($reason)}"
  if [ -n "$ntfy" ]; then
    case $ntfy in http*) ;; *) ntfy=https://ntfy.sh/$ntfy ;; esac
    curl -fsS -m 10 -o /dev/null -H "Title: $system $environment $1" -d "$text" -- "$ntfy" || note "the notification was not sent"
  fi
  if [ -n "$webhook" ]; then
    text=${text//\\/\\\\} text=${text//\"/\\\"} text=${text//[$'\n\t\r']/ }
    curl -fsS -m 10 -o /dev/null -H 'Content-Type: application/json' -d "{\"text\": \"$text\"}" -- "$webhook" || note "the notification was not sent"
  fi
}

# lines TITLE LINE..: shell lines of the spec, each by a shell of its own.
lines() {
  local line title=$1; shift
  [ $# -gt 0 ] || return 0
  step "$title"
  for line; do
    if [ "$dry_run" = yes ]; then note "would run: $line"; continue; fi
    bash -euo pipefail -c "$line" || die "this failed: $line"
  done
}

# inherit: what the part on the host is told by the one that called it.
inherit() {
  local word
  for word in "${inherited[@]}"; do
    case ${word%%=*} in
      dry_run) dry_run=${word#*=} ;;
      commit) commit=${word#*=} ;;
      deployer) deployer=${word#*=} ;;
      lock_timeout) lock_timeout=${word#*=} ;;
      incoming) incoming=${word#*=} ;;
      expected) expected+=("${word#*=}") ;;
      only) only+=("${word#*=}") ;;
      dir) dir=${word#*=} ;;
    esac
  done
}

# make_networks: external networks belong to nobody in particular; whoever comes first makes them.
make_networks() {
  local network
  for network in "${external_networks[@]}"; do
    if docker network inspect "$network" >/dev/null 2>&1; then continue; fi
    note "there is no network $network yet"
    run docker network create "${network_options[@]}" "$network" >/dev/null
  done
}

check_volumes() {
  local volume
  for volume in "${external_volumes[@]}"; do
    docker volume inspect "$volume" >/dev/null 2>&1 || die "there is no volume $volume, and it is not this system's to make"
  done
}

make_directories() {
  local directory
  for directory in "${directories[@]}"; do
    if [ ! -d "$directory" ]; then run mkdir -p -- "$directory"; fi
  done
}

# ask: addresses that must answer.
ask() {
  local url i
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

smoke() {
  [ -n "$smoke" ] || return 0
  if [ -n "$smoke_when" ] && [ -z "${!smoke_when-}" ]; then note "no smoke test: $smoke_when is not set"; return; fi
  lines "smoke test" "$smoke"
}

prune() {
  local image
  case $prune in
    nameless) run docker image prune --force >/dev/null ;;
    age) run docker image prune --all --force --filter "until=$prune_images" >/dev/null ;;
    named)
      # An image that a container uses is not removed: docker refuses.
      for image in $(docker image ls --quiet --filter "reference=$prune_images" | sort -u); do
        if [ "$dry_run" = yes ]; then note "would try to remove image $image"; continue; fi
        docker image rm "$image" >/dev/null 2>&1 || true
      done
      ;;
  esac
  if [ -n "$prune_builder" ]; then run docker builder prune --force --filter "until=$prune_builder" >/dev/null; fi
}

# good FILE: of what is kept from the last deployment that worked.
good() { printf '%s/.deploy/good/%s' "$PWD" "$1"; }

# restore_files: the files of the last deployment that worked, in their places.
restore_files() {
  local i
  [ -f .deploy/good/state ] || return 0
  # shellcheck source=/dev/null
  . .deploy/good/state
  for ((i = 0; i < ${#good_files[@]}; i += 2)); do
    install -m "${good_files[i]}" -- ".deploy/good/$((i / 2))" "${good_files[i + 1]}.new"
    mv -f -- "${good_files[i + 1]}.new" "${good_files[i + 1]}"
  done
}

# keep: what runs now is what a later failure goes back to.
keep() {
  local i
  if [ "$dry_run" = yes ]; then return; fi
  rm -rf .deploy/good.new
  mkdir -p .deploy/good.new
  kept_images >.deploy/good.new/images.yml
  kept_containers >.deploy/good.new/containers
  {
    printf 'good_commit=%s\ngood_services=(%s)\n' "$(word "$commit")" "$(quoted "${services[@]}")"
    printf 'declare -A given=()\n'
    for i in "${!given[@]}"; do printf 'given+=([%s]=%s)\n' "$i" "$(word "${given[$i]}")"; done
    printf 'good_files=(%s)\n' "$(for ((i = 0; i < ${#files[@]}; i += 3)); do quoted "$(stat -c %a -- "${files[i + 2]}")" "${files[i + 2]}"; done)"
  } >.deploy/good.new/state
  for ((i = 0; i < ${#files[@]}; i += 3)); do cp -p -- "${files[i + 2]}" ".deploy/good.new/$((i / 3))"; done
  rm -rf .deploy/good
  mv .deploy/good.new .deploy/good
}
