# Oh My Coins on one machine: database, Redis, a migration that must end first, two API replicas, the one
# orchestrator, the frontend and adminer behind Traefik. Sourced by prove/up.sh.
# shellcheck shell=bash disable=SC2034,SC2154
environment=local
images() {
  standin backend:latest ports=8000 health=/api/v1/utils/health-check/ oneshot=prestart \
    env=SECRET_KEY,POSTGRES_USER,POSTGRES_PASSWORD dial=POSTGRES_SERVER:POSTGRES_PORT,REDIS_HOST:REDIS_PORT
  standin frontend:latest ports=80 health=/
}
checks() {
  expect "two API replicas" 2 "$(replicas backend)"
  expect "one orchestrator" 1 "$(replicas orchestrator)"
  expect "the migration ended well" "exited 0" "$("${compose[@]}" -p specc-up ps -a prestart --format '{{.State}} {{.ExitCode}}')"
  expect "the API replicas collect nothing" False "$(variable backend RUN_COLLECTORS)"
  expect "the orchestrator collects" True "$(variable orchestrator RUN_COLLECTORS)"
  expect "inside, the database has its service's name" db "$(variable backend POSTGRES_SERVER)"
  route "the API answers through Traefik" 18001 api.localhost /api/v1/utils/health-check/
  route "the frontend answers through Traefik" 18001 localhost /
  route "adminer answers through Traefik" 18001 adminer.localhost /
  expect "a host without a route gets" 404 "$(code http://127.0.0.1:18001/ nobody.localhost)"
}
