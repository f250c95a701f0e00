# yapit: push to a Swarm behind a Traefik that is not ours. What stands for the world: sops is openssl, Cloudflare and
# the certificate are a line of .curlrc and a certificate of our own, ntfy is a few lines of Python. Sourced by
# prove/systems.sh.
# shellcheck shell=bash disable=SC2154
yapit_world() {
  mkdir -p "$tmp/edge"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=yapit.md -addext subjectAltName=DNS:yapit.md \
    -keyout "$tmp/edge/key.pem" -out "$tmp/edge/cert.pem" 2>/dev/null
  printf 'tls:\n  stores:\n    default:\n      defaultCertificate: {certFile: /etc/edge/cert.pem, keyFile: /etc/edge/key.pem}\n' >"$tmp/edge/tls.yml"
  printf 'connect-to = "yapit.md:443:127.0.0.1:8028"\ncacert = "%s"\n' "$tmp/edge/cert.pem" >"$tmp/.curlrc"
  docker network create --driver overlay --attachable yapit-network >/dev/null && undo+=("docker network rm yapit-network")
  # Swarm tells nobody that a task goes: a Traefik that is to lose no request asks every second.
  docker run -d --name specc-edge --network yapit-network -p 127.0.0.1:8028:443 -v /var/run/docker.sock:/var/run/docker.sock:ro \
    -v "$tmp/edge:/etc/edge:ro" traefik:v3.6 --providers.swarm=true --providers.swarm.exposedbydefault=false \
    --providers.swarm.refreshseconds=1 --entrypoints.websecure.address=:443 --providers.file.directory=/etc/edge >/dev/null || die "no edge"
  undo+=("docker rm -f specc-edge")
  # shellcheck disable=SC2016 # a script of its own
  printf '#!/usr/bin/env bash\ncase "$*" in "--decrypt "*"--output-type dotenv "*) ;; *) exit 2 ;; esac\nexec openssl enc -d -aes-256-cbc -pbkdf2 -pass "file:$SOPS_AGE_KEY_FILE" -in "${!#}"\n' >"$tmp/bin/sops"
  chmod +x "$tmp/bin/sops"
  python - "$tmp/told" <<'PYTHON' &
import http.server, sys
class Ear(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        text = self.rfile.read(int(self.headers["Content-Length"])).decode()
        open(sys.argv[1], "a").write(f"{self.path} {text}\n")
        self.send_response(200), self.send_header("Content-Length", "0"), self.end_headers()
    log_message = lambda *_: None
http.server.HTTPServer(("127.0.0.1", 8029), Ear).serve_forever()
PYTHON
  undo+=("kill $!")
}
# yapit_frontend VERSION: the generated configuration in a real nginx, without the privileges that the stack takes away.
# nginx looks the gateway up once, which is right where a service has one address as long as it is there. Without IPVS
# its name leads to the tasks themselves, so here nginx is told whenever that address changes.
yapit_frontend() {
  image ghcr.io/yapit-tts/frontend:latest "$stage/frontend" <<DOCKERFILE
FROM nginx:alpine
COPY nginx.conf /etc/nginx/conf.d/default.conf
RUN sed -i '/^user/d; s|/run/nginx.pid|/tmp/nginx.pid|' /etc/nginx/nginx.conf && chown -R nginx /var/lib/nginx /var/log/nginx && echo $1 >/usr/share/nginx/html/version.txt
RUN printf '%s\n' 'while sleep 0.5; do now=\$(getent ahostsv4 gateway | sort); [ "\$now" = "\$was" ] || nginx -s reload; was=\$now; done >/dev/null 2>&1 &' 'exec nginx -g "daemon off;"' >/start.sh
USER nginx
CMD ["sh", "/start.sh"]
DOCKERFILE
}
yapit_gateway() { # VERSION
  standin ghcr.io/yapit-tts/gateway:latest ports=8000 health=/health env=ANONYMOUS_SESSION_SECRET dial=REDIS_URL,DATABASE_URL extra="ENV VERSION=$1"
}
yapit_images() {
  local registry=ghcr.io/yapit-tts
  standin $registry/smokescreen:latest ports=4750 health=/
  standin $registry/defuddle:latest ports=8001 health=/health dial=PROXY_URL bin=node oneshot=-e
  yapit_gateway 1
  standin $registry/stack-auth:latest ports=8101,8102 health=/health dial=STACK_DATABASE_CONNECTION_STRING
  standin $registry/kokoro-cpu:latest ports=9000 env=WORKER_ID,OMP_NUM_THREADS dial=REDIS_URL
  standin $registry/yolo-cpu:latest ports=9000 env=WORKER_ID,OMP_NUM_THREADS dial=REDIS_URL
  bash "$kit/images.sh" postgres:16-alpine timescale/timescaledb:latest-pg16 redis:7-alpine nginx:alpine traefik:v3.6 \
    clickhouse/clickhouse-server:25.10-alpine >"$tmp/log" 2>&1 || die "$(tail -n 2 "$tmp/log")"
}
# yapit_killed: while Swarm replaces the gateway, both ends of the deployment are killed; the next one goes on from there.
yapit_killed() {
  local version killed
  yapit_gateway 2
  ( deploy deploy.sh ) & killed=$!
  until_ok 120 grep -q '^== deploy the stack' "$tmp/log" || true
  until_ok 30 gateway_is_new 2 || true
  kill_there scripts/deploy.sh "$stage"
  kill_there --on-host "$at/deploy"
  wait $killed 2>/dev/null || true
  expect "yapit: it was killed before its end" 0 "$(told 'prod runs')"
  expect "yapit: the next one is told on the host" 1 "$(grep -c '^prod of' "$at/deploy/.deploy/running" || true)"
  deployed "yapit: killed half way, and repeated" deploy.sh || return 0
  expect "yapit: it tells of the one that did not end" 1 "$(told 'the last deployment did not end')"
  version=$(docker ps -q --filter label=com.docker.swarm.service.name=yapit_gateway | xargs -n 1 -I ID docker exec ID printenv VERSION)
  expect "yapit: then one gateway runs, the new one, and answers" "2 200" "$version $(until_ok 10 api_answers; CURL_HOME=$tmp code https://yapit.md/api/health)"
  expect "yapit: and all tasks run" "" "$(docker stack services yapit --format '{{.Replicas}}' | awk '{split($1, n, "/"); if (n[1] != n[2]) print}')"
}
gateway_is_new() { docker service inspect -f '{{.UpdateStatus.State}}' yapit_gateway | grep -q updating; }
api_answers() { [ "$(CURL_HOME=$tmp code https://yapit.md/api/health)" = 200 ]; }

# yapit_workers: two of the workers on another machine, and a machine that does not answer.
yapit_workers() {
  local bridge ids
  bridge=$(docker network inspect bridge -f '{{(index .IPAM.Config 0).Gateway}}')
  project_gone yapit-workers
  docker run -d --name specc-queue -p "$bridge:18005:6379" redis:7-alpine >/dev/null && undo+=("docker rm -f specc-queue")
  sed -i "s|^WORKER_REDIS_URL=.*|WORKER_REDIS_URL=redis://$bridge:18005/0|" .env.worker
  unset WORKER_HOSTS
  export WORKER_HOSTS="root@127.0.0.1:kokoro-cpu,yolo-cpu root@127.0.0.9"
  if deploy deploy-workers.sh; then bad "yapit: a machine that does not answer was taken for one that does"; fi
  expect "yapit: the machine that does not answer is named" 1 "$(told 'deploy: not deployed to: root@127.0.0.9')"
  ids=$(docker ps --filter label=com.docker.compose.project=yapit-workers --format '{{.Label "com.docker.compose.service"}}' | sort | paste -sd' ')
  expect "yapit: the other one has its workers, and only those" "kokoro-cpu yolo-cpu" "$ids"
  expect "yapit: a worker knows its machine and the queue" "$(uname -n)-kokoro-cpu redis://$bridge:18005/0" \
    "$(docker exec "$(docker ps -q --filter label=com.docker.compose.project=yapit-workers --filter label=com.docker.compose.service=kokoro-cpu)" printenv WORKER_ID REDIS_URL | paste -sd' ')"
  expect "yapit: the address of the queue is for nobody else to read" 600 "$(stat -c %a "$at/workers/.env.worker")"
  deployed "yapit: production, and its workers after it" deploy.sh || return 0
  expect "yapit: a machine less is no failure of production" 1 "$(told 'scripts/deploy-workers.sh has failed; prod runs all the same')"
  unset WORKER_HOSTS
}
# yapit_timescale: an extension of that name in the server for metrics. As the real one does, it refuses rows of its own
# tables unless it was told that a copy is played back.
yapit_timescale() {
  docker exec -i -u 0 "$(task metrics-db)" sh -c 'cd /usr/share/postgresql/15/extension && cat >timescaledb--2.0.sql && printf "default_version = 2.0\nrelocatable = false\nsuperuser = true\n" >timescaledb.control' <<'SQL'
CREATE TABLE hypertables (name text PRIMARY KEY);
SELECT pg_extension_config_dump('hypertables', '');
CREATE FUNCTION guard() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF current_setting('timescaledb.restoring', true) IS DISTINCT FROM 'on' AND current_setting('timescaledb.own', true) IS DISTINCT FROM 'yes' THEN
    RAISE EXCEPTION 'nobody writes here';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT ON hypertables FOR EACH ROW EXECUTE FUNCTION guard();
CREATE FUNCTION timescaledb_pre_restore() RETURNS bool LANGUAGE plpgsql AS $$ BEGIN
  EXECUTE format('ALTER DATABASE %I SET timescaledb.restoring = %L', current_database(), 'on'); RETURN true; END $$;
CREATE FUNCTION timescaledb_post_restore() RETURNS bool LANGUAGE plpgsql AS $$ BEGIN
  EXECUTE format('ALTER DATABASE %I RESET timescaledb.restoring', current_database()); RETURN true; END $$;
SQL
}
task() { docker ps -q --filter "label=com.docker.swarm.service.name=yapit_$1" | head -n 1; }
# yapit_sql SERVICE DATABASE [psql's words]: as the server's own superuser
yapit_sql() {
  local service=$1 database=$2; shift 2
  # shellcheck disable=SC2016 # for the shell inside of the container
  docker exec -i "$(task "$service")" sh -c 'PGPASSWORD=$POSTGRES_PASSWORD exec psql -XAtq -U "$POSTGRES_USER" -d "$@"' sh "$database" "$@"
}
yapit_data() {
  yapit_sql postgres yapit_prod -c 'SELECT sum(n) FROM numbers' 2>&1 | tail -n 1
  yapit_sql metrics-db metrics -c 'SELECT name FROM hypertables' -c "SELECT count(*) FROM pg_db_role_setting WHERE array_to_string(setconfig, ' ') LIKE '%restoring%'" 2>&1 | tail -n 2
  docker exec "$(task gateway)" cat /data/gateway/kept 2>/dev/null || echo none
}
all_run() { [ -z "$(docker stack services yapit --format '{{.Replicas}}' | awk '{split($1, n, "/"); if (n[1] != n[2]) print}')" ]; }
# yapit_backup: on the host, of a stack that runs: dumps of both databases, archives of the volumes; destroyed, played back.
yapit_backup() {
  local before backup
  bash "$kit/images.sh" busybox:1.37 >"$tmp/log" 2>&1 || die "$(tail -n 2 "$tmp/log")"
  yapit_timescale
  yapit_sql postgres yapit_prod -c 'CREATE TABLE numbers AS SELECT generate_series(1, 1000) n'
  yapit_sql metrics-db metrics -c 'CREATE EXTENSION timescaledb' -c "SET timescaledb.own = 'yes'; INSERT INTO hypertables VALUES ('events')"
  docker exec "$(task gateway)" sh -c 'echo precious >/data/gateway/kept'
  before=$(yapit_data | paste -sd' ')
  expect "yapit: there are data" "500500 events 0 precious" "$before"
  if timeout 120 bash "$at/deploy/scripts/backup-prod.sh" >"$tmp/log" 2>&1; then backup=$(tail -n 1 "$tmp/log"); ok "yapit: a backup of the stack that runs"; else
    bad "yapit: no backup: $(tail -n 4 "$tmp/log")"; return 0; fi
  expect "yapit: it has both databases and four volumes" "metrics-db.metrics.dump postgres.yapit_prod.dump yapit_clickhouse-data.tar.gz yapit_gateway-data.tar.gz yapit_images.tar.gz yapit_redisdata.tar.gz" \
    "$(find "$backup" -name '*.tar.gz' -printf '%f\n' -o -name '*yapit_prod*' -printf '%f\n' -o -name '*.metrics.dump' -printf '%f\n' | LC_ALL=C sort | paste -sd' ')"
  expect "yapit: and leaves every task running" "" "$(docker stack services yapit --format '{{.Replicas}}' | awk '{split($1, n, "/"); if (n[1] != n[2]) print}')"
  yapit_sql postgres yapit_prod -c 'DROP TABLE numbers'
  yapit_sql metrics-db metrics -c 'DROP EXTENSION timescaledb CASCADE'
  docker exec "$(task gateway)" rm /data/gateway/kept
  expect "yapit: the data are gone" 0 "$(yapit_data | grep -cE '^(500500|events|precious)$' || true)"
  # Without what TimescaleDB wants, the copy is not played back: the proof would notice.
  sed 's/SELECT timescaledb_pre_restore()/SELECT 1/' "$at/deploy/scripts/restore-prod.sh" >"$at/deploy/scripts/without.sh"
  if timeout 120 bash "$at/deploy/scripts/without.sh" "$backup" --yes >"$tmp/log" 2>&1; then bad "yapit: played back without telling TimescaleDB"; else
    expect "yapit: TimescaleDB wants to be told" 1 "$(grep -c 'nobody writes here' "$tmp/log" || true)"; fi
  rm "$at/deploy/scripts/without.sh"
  if timeout 200 bash "$at/deploy/scripts/restore-prod.sh" "$backup" --yes >"$tmp/log" 2>&1; then ok "yapit: played back"; else
    bad "yapit: not played back: $(tail -n 4 "$tmp/log")"; return 0; fi
  if until_ok 90 all_run; then ok "yapit: every task runs again"; else bad "yapit: $(docker stack services yapit --format '{{.Name}} {{.Replicas}}' | paste -sd' ')"; fi
  expect "yapit: the data are as they were" "$before" "$(until_ok 30 api_answers; yapit_data | paste -sd' ')"
}
answer() { CURL_HOME=$tmp curl -s -m 5 "https://yapit.md$1"; }

deploys() {
  local at=/opt/yapit gateway
  owned "$at"
  yapit_images
  yapit_frontend 1
  yapit_world
  undo+=("docker volume ls -q --filter label=com.docker.stack.namespace=yapit | xargs -r docker volume rm")
  undo+=("stack_rm yapit")
  fill_env yapit || die "yapit: no env files from its templates"
  # The store has values of every environment, by their prefixes.
  { sed 's/^POSTGRES_PASSWORD=/PROD_&/' .env; echo DEV_POSTGRES_PASSWORD=wrong; } >"$tmp/store"
  rm .env
  openssl rand -hex 16 >"$tmp/age.key"
  openssl enc -aes-256-cbc -pbkdf2 -pass "file:$tmp/age.key" -in "$tmp/store" -out .env.sops
  export YAPIT_SOPS_AGE_KEY_FILE=$tmp/age.key VPS_HOST=root@127.0.0.1 NTFY_TOPIC=http://127.0.0.1:8029/yapit
  printf '.env\n.env.worker\n' >.gitignore && git init -q -b main . && commit one

  deployed "yapit: the first deployment" deploy.sh || return 0
  expect "yapit: every file was new on the host" 1 "$(grep -cE '([0-9]+) of \1 files differ' "$tmp/log" || true)"
  expect "yapit: the password of production was decrypted, for nobody else to read" "s3cret 600" \
    "$(sed -n 's/^POSTGRES_PASSWORD=//p' "$at/deploy/.env") $(stat -c %a "$at/deploy/.env")"
  expect "yapit: the script that it sends is there, and runs" 755 "$(stat -c %a "$at/sync-cf-firewall.sh")"
  expect "yapit: the frontend's nginx leads to the gateway" '{"status": "ok"}' "$(answer /api/health)"
  expect "yapit: all tasks run" "" "$(docker stack services yapit --format '{{.Replicas}}' | awk '{split($1, n, "/"); if (n[1] != n[2]) print}')"
  expect "yapit: whoever wants to hear of it does" "/yapit yapit prod deployed: $(git rev-parse --short=12 HEAD)" "$(tail -n 1 "$tmp/told" | sed 's/ by .*//')"
  expect "yapit: there are no workers elsewhere, and that is no failure" 1 "$(told 'no host is set, so there is nothing to do')"

  yapit_frontend 2
  rm -f "$tmp/stop"
  ( end=$((SECONDS + 200)); while [ $SECONDS -lt $end ] && [ ! -e "$tmp/stop" ]; do CURL_HOME=$tmp code https://yapit.md/version.txt; echo; sleep 0.05; done >"$tmp/codes" ) &
  local asking=$!
  deployed "yapit: a new frontend" deploy.sh || true
  touch "$tmp/stop"; wait $asking || true
  expect "yapit: the new one answers" 2 "$(answer /version.txt)"
  expect "yapit: statuses seen meanwhile ($(wc -l <"$tmp/codes") requests)" 200 "$(sort -u "$tmp/codes" | paste -sd' ')"

  yapit_killed
  yapit_workers
  yapit_backup

  gateway=$(docker service inspect -f '{{.Spec.TaskTemplate.ContainerSpec.Image}}' yapit_gateway)
  standin ghcr.io/yapit-tts/gateway:latest ports=8000 health=/health env=NOBODY_SETS_THIS
  if deploy deploy.sh; then bad "yapit: a broken gateway was taken for a good one"; fi
  expect "yapit: Swarm takes a broken gateway back, and the script says so" 1 "$(told 'deploy: rolled back: gateway: Swarm has taken it back')"
  expect "yapit: the gateway of before runs" "$gateway" "$(docker service inspect -f '{{.Spec.TaskTemplate.ContainerSpec.Image}}' yapit_gateway)"
  expect "yapit: and that is told" 1 "$(tail -n 1 "$tmp/told" | grep -c 'prod rolled back: .*gateway' || true)"
}
