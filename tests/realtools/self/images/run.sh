#!/usr/bin/env bash
# The stand-ins keep the contract of the official images, down to dropped capabilities, and are strict
# about their deployment: a proof that runs a system on them can fail.
. "$(dirname "$0")/../../lib.sh"
cleanup() { docker compose -p self-images down -v -t 1; docker compose -p self-images-x down -v -t 1; }
bash "$kit/images.sh" redis:7-alpine postgres:17-alpine postgres:16-alpine qdrant/qdrant:v1.7.4 minio/minio:latest minio/mc \
  >"$tmp/log" 2>&1 || die "$(tail -n 3 "$tmp/log")"
up() { docker compose up -d >"$tmp/log" 2>&1; }
# A busy engine may stumble over its own first try: "container with given ID already exists".
up || { grep -q "already exists" "$tmp/log" && docker compose down -t 1 >/dev/null 2>&1 && up; } || die "$(tail -n 3 "$tmp/log")"
is_now() { docker compose ps -a "$1" --format '{{.Health}}{{if eq .State "exited"}}exit {{.ExitCode}}{{end}}' | grep -qx "$2"; }
for service in redis redispw postgres minio; do
  passes "$service passes its usual healthcheck" until_ok 30 is_now $service healthy || true
done
expect "POSTGRES_PASSWORD_FILE and docker-entrypoint-initdb.d work" 7 \
  "$(docker compose exec -T -e PGPASSWORD=sekret postgres psql -h 127.0.0.1 -U u -d d -tAc 'select i from t')"
expect "redis runs as its own user, with no capability" 999 "$(docker compose exec -T redis id -u)"
expect "init: true gives an init process" docker-init "$(docker compose exec -T redis cat /proc/1/comm)"
passes "a one-shot with its own entrypoint ends" until_ok 10 is_now mc "exit 0" || true
passes "a curl healthcheck in qdrant, which has no curl, fails" until_ok 20 is_now qdrant unhealthy || true
expect "postgres without a password refuses to start" 1 "$(docker run --rm postgres:17-alpine >/dev/null 2>&1; echo $?)"

bash "$kit/images.sh" app self/strict:local health=/api/health env=DATABASE_URL dial=HOST:PORT >/dev/null
run() { docker run --rm "$@" self/strict:local 2>&1 | head -n 1; }
expect "an application without its variable stops" "standin: required variable DATABASE_URL is not set" "$(run)"
expect "an application that cannot reach its database stops" "standin: HOST:PORT=tcp://127.0.0.1:9 cannot be reached" \
  "$(run -e DATABASE_URL=x -e HOST=127.0.0.1 -e PORT=9 | sed 's/ cannot be reached.*/ cannot be reached/')"
export COMPOSE_PROJECT_NAME=self-images-x
cd "$tmp" || exit
printf 'services: {a: {image: "redis:7-alpine", volumes: ["./gone.json:/etc/gone.json:ro"]}}\n' >compose.yml
docker compose up -d --wait >/dev/null 2>&1
expect "a short-form mount of a missing file makes a directory of root's" "root directory" "$(stat -c '%U %F' gone.json)"
docker compose down -t 1 >/dev/null 2>&1; rmdir gone.json
printf 'services: {a: {image: "redis:7-alpine", volumes: [{type: bind, source: ./gone.json, target: /etc/gone.json, bind: {create_host_path: false}}]}}\n' >compose.yml
if docker compose up -d >/dev/null 2>&1; then bad "create_host_path: false was ignored"; else ok "create_host_path: false refuses instead"; fi
finish
