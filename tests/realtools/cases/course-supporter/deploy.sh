# course-supporter: the host has a clone, gets the commit with git, builds it, migrates and asks the API from inside.
# Sourced by prove/systems.sh.
# shellcheck shell=bash disable=SC2154
deploys() {
  local at=/opt/course-supporter origin=$tmp/course-supporter.git
  owned "$at"
  ! docker network inspect shared-net >/dev/null 2>&1 || die "there is a network shared-net already"
  undo+=("docker network rm shared-net")
  project_gone course-supporter
  local settings=(ports=8000 health=/health "env=POSTGRES_PASSWORD,S3_BUCKET" "dial=REDIS_URL,POSTGRES_HOST:POSTGRES_PORT" oneshot=alembic bin=python)
  standin proof/courses:1 "${settings[@]}" extra="ENV VERSION=1"
  standin proof/courses:broken "${settings[@]}" env=NOBODY_SETS_THIS
  bash "$kit/images.sh" pgvector/pgvector:pg17 redis:7-alpine netdata/netdata:stable >"$tmp/log" 2>&1 || die "$(tail -n 2 "$tmp/log")"
  fill_env course-supporter || die "course-supporter: no env files from its templates"
  mv .env.prod "$tmp/env.prod"
  echo FROM proof/courses:1 >Dockerfile
  printf '.env*\n!*.example\n' >.gitignore
  git init -q -b main . && commit all
  git clone -q --bare . "$origin" && git remote add origin "$origin" && git clone -q "$origin" "$at"
  install -m 600 "$tmp/env.prod" "$at/.env.prod"
  export VPS_HOST=127.0.0.1 VPS_USER=root

  deployed "course-supporter: the first deployment" deploy-prod.sh || return 0
  expect "course-supporter: the host has the commit" "$(git rev-parse HEAD)" "$(git -C "$at" rev-parse HEAD)"
  expect "course-supporter: the network of the other project was made" 1 "$(told 'there is no network shared-net yet')"
  expect "course-supporter: the migration has run before the new code starts" "migration start" \
    "$(sed -n 's/^== \(migration\|start\).*/\1/p' "$tmp/log" | paste -sd' ')"
  expect "course-supporter: the API was asked from inside" 1 "$(told 'http://127.0.0.1:8000/health answers')"
  expect "course-supporter: the foreign nginx finds it by its name" "course-supporter-app netdata" \
    "$(docker network inspect shared-net --format '{{range .Containers}}{{.Name}} {{end}}' | xargs -n 1 | sort | xargs)"
  expect "course-supporter: images of a day ago are pruned, and no others" "image prune --all --force --filter until=24h" "$(grep '^image' "$tmp/pruned" | sort -u)"

  # A migration that fails: the code that runs was never touched.
  echo FROM proof/courses:broken >Dockerfile
  commit broken && git push -q origin main
  if deploy deploy-prod.sh; then bad "course-supporter: a failed migration was taken for a good one"; fi
  expect "course-supporter: a migration that fails is the reason" 1 "$(told 'deploy: rolled back: the migration in app failed')"
  expect "course-supporter: the version of before runs" "1 $(git rev-parse HEAD~1)" \
    "$(docker exec course-supporter-app printenv VERSION) $(git -C "$at" rev-parse HEAD)"
}
