#!/usr/bin/env bash
# The Makefile, the backups and the restores of semantik and Oh My Coins, on the real engine: real PostgreSQL, real
# Redis, and a stand-in that speaks Qdrant's snapshot API. Data go in, are backed up, destroyed and played back; what
# fails half way leaves nothing that looks like a backup, and what was there stays there.
# shellcheck disable=SC2016 # what stands in single quotes is for another shell, or hostile
. "$(dirname "$0")/../lib.sh"
. "$kit/examples.sh"
cleanup() {
  local project
  for project in semantik ohmycoins; do
    docker ps -aq --filter "label=com.docker.compose.project=$project" | xargs -r docker rm -f
    docker network ls -q --filter "label=com.docker.compose.project=$project" | xargs -r docker network rm
    docker volume ls -q --filter "label=com.docker.compose.project=$project" | xargs -r docker volume rm
  done
  docker network rm traefik-public
  umount "$tmp/full"
}
# The docker of this machine, which writes down what it is told: nothing is pulled or built, and there is no GPU.
mkdir -p "$tmp/bin" "$tmp/full"
cat >"$tmp/bin/docker" <<WRAPPER
#!/usr/bin/env bash
printf '%s\n' "\$*" >>"$tmp/commands"
if [ "\${1-}" = compose ] && [ -s "$tmp/here.yml" ]; then
  files=(); shift
  while [ "\${1-}" = --file ]; do files+=("\$1" "\$2"); shift 2; done
  exec $(command -v docker) compose "\${files[@]}" --file "$tmp/here.yml" "\$@"
fi
if [ "\${1-} \${3-}" = "exec -" ] || [ "\${FAIL-}" = "\${1-}" ]; then exit 1; fi
exec $(command -v docker) "\$@"
WRAPPER
cat >"$tmp/bin/crontab" <<WRAPPER
#!/bin/sh
if [ "\$1" = -l ]; then cat "$tmp/crontab" 2>/dev/null; else cat >"$tmp/crontab.new" && mv "$tmp/crontab.new" "$tmp/crontab"; fi
WRAPPER
chmod +x "$tmp"/bin/*
PATH=$tmp/bin:$PATH
target() { timeout 120 make -s "$@" >"$tmp/log" 2>&1; }
# makes TARGET..: it is done
makes() { if target "$@"; then ok "make $*"; else bad "make $*: $(tail -n 4 "$tmp/log")"; fi; }
standin() { bash "$kit/images.sh" app "$@" >"$tmp/log" 2>&1 || die "$(tail -n 2 "$tmp/log")"; }
known() { bash "$kit/images.sh" "$@" >"$tmp/log" 2>&1 || die "$(tail -n 2 "$tmp/log")"; }
sql() { docker exec -i semantik-postgres psql -XAtqU semantik "$@"; }
# What there is, without the random marks of newer dumps.
everything() { docker exec semantik-postgres pg_dumpall -U semantik --no-role-passwords | grep -Ev '^\\(un)?restrict '; }
qdrant() { # qdrant METHOD PATH [BODY]
  docker run --rm --network container:semantik-qdrant curlimages/curl:8.17.0 -s -X "$1" -H "api-key: ${key-}" -H 'Content-Type: application/json' ${3+--data "$3"} "http://127.0.0.1:6333$2"
}
whole() { find "$1" -mindepth 1 -maxdepth 1 -type d | wc -l; }

# --- semantik --------------------------------------------------------------------------------------
known postgres:16-alpine redis:7-alpine qdrant/qdrant:v1.7.4 nginx:1.28-alpine busybox:1.37 curlimages/curl:8.17.0
standin semantik:latest ports=8000,8080 health=/health,/api/health/readyz bin=celery,alembic oneshot=inspect,upgrade \
  'extra=ENTRYPOINT ["/bin/sh", "-c", "if [ $1 = beat ]; then echo $$ >/tmp/celerybeat.pid; fi; exec /usr/local/bin/standin $@", "--"]'
stage semantik || finish
cd "$stage"
fill_env semantik || die "no env file"
key='k"e\y'"'"'$(id) 1'
printf "QDRANT_API_KEY='%s'\n" "${key//\'/\\\'}" >>.env
# Debian's nginx is older than this word.
sed -i '/http2 on;/d' nginx.conf
mkdir -p ssl data logs models documents
openssl req -x509 -newkey rsa:2048 -nodes -keyout ssl/privkey.pem -out ssl/fullchain.pem -days 2 -subj /CN=test 2>/dev/null
# Debian's PostgreSQL has no locale en_US here. Nobody needs to wait five seconds for the first look at a container.
soon='healthcheck: {start_interval: 1s}'
printf '%s\n' 'services:' "  postgres: {environment: {POSTGRES_INITDB_ARGS: --encoding=UTF-8 --locale=C.UTF-8}, $soon}" \
  "  vecpipe: {deploy: {resources: {reservations: {devices: !reset []}}}, $soon}" "  redis: {$soon}" "  qdrant: {$soon}" \
  "  webui: {$soon}" "  worker: {$soon}" "  beat: {$soon}" >"$tmp/here.yml"
sed -i -e 's/"80:80"/"127.0.0.1:18003:80"/' -e 's/"443:443"/"127.0.0.1:18004:443"/' docker-compose.prod.yml
makes help
expect "and what the owner called it" 1 "$(grep -c 'docker-postgres-backup  *Dump the databases' "$tmp/log")"
makes up-prod
target ps-prod; expect "make ps-prod shows what runs" 8 "$(grep -c 'healthy\|Up' "$tmp/log")"
# nginx has no check that compose could wait for.
web() { curl -fsk -o /dev/null --resolve semantik.example.com:18004:127.0.0.1 https://semantik.example.com:18004/api/health/readyz; }
if until_ok 10 web; then ok "the web application answers through nginx"; else bad "no web application through nginx"; fi
timeout 5 make -s logs-prod >"$tmp/log" 2>&1 || true
expect "make logs-prod follows them" 1 "$(grep -c 'database system is ready' "$tmp/log")"
makes migrate-prod

sql -d semantik <<'SQL'
CREATE ROLE "o'dd ""role" LOGIN PASSWORD 'x';
CREATE TABLE documents (id int PRIMARY KEY, title text);
INSERT INTO documents SELECT n, 'ä ''$(id)'' "' || n FROM generate_series(1, 20000) n;
ALTER TABLE documents OWNER TO "o'dd ""role";
ALTER DATABASE semantik SET statement_timeout = '61s';
CREATE DATABASE "other ""db" ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0;
COMMENT ON DATABASE semantik IS E'one\ntwo';
SQL
qdrant PUT /collections/work_docs '{"vectors":{"size":2,"distance":"Dot"}}' >/dev/null
qdrant PUT /collections/work_docs/points '{"points":[{"id":1,"vector":[1,2],"payload":{"title":"ä \"x\""}}]}' >/dev/null
qdrant POST /collections/aliases '{"actions":[{"create_alias":{"alias_name":"now","collection_name":"work_docs"}}]}' >/dev/null
everything >"$tmp/before"
points=$(qdrant POST /collections/work_docs/points/scroll '{}' | json "d['result']")
: >"$tmp/commands"
if target docker-postgres-backup; then backup=$PWD/$(tail -n 1 "$tmp/log"); else die "make docker-postgres-backup: $(cat "$tmp/log")"; fi
expect "a backup has a dump of each database and of each collection" \
  "SHA256SUMS postgres.other \"db.dump postgres.postgres.dump postgres.roles.sql postgres.semantik.dump qdrant.aliases.json qdrant.work_docs.snapshot" \
  "$(find "$backup" -mindepth 1 -printf '%f\n' | LC_ALL=C sort | paste -sd' ')"
expect "and is for nobody else" "700 600" "$(stat -c %a "$backup") $(find "$backup" -type f -exec stat -c %a {} + | sort -u | paste -sd' ')"
expect "a secret is on no command line" 0 "$(grep -cF -e "$key" -e "$(sed -n 's/^POSTGRES_PASSWORD=//p' .env)" "$tmp/commands" || true)"
expect "Qdrant keeps no snapshot of it" "[]" "$(qdrant GET /collections/work_docs/snapshots | json "d['result']")"

makes docker-down-clean
expect "the data are gone" "" "$(docker volume ls -q --filter label=com.docker.compose.project=semantik | grep -v nginx_cache)"
target up-prod || bad "make up-prod again: $(tail -n 5 "$tmp/log")"
# Somebody works with it all the time.
sql -d semantik -c 'SELECT pg_sleep(100)' >/dev/null 2>&1 &
if make -s docker-postgres-restore FROM="$backup" <<<no >"$tmp/log" 2>&1; then bad "restored without being sure"; else expect "a restore asks first" 1 "$(grep -c 'nothing was changed' "$tmp/log")"; fi
if make -s docker-postgres-restore FROM="$backup" <<<semantik >"$tmp/log" 2>&1; then ok "make docker-postgres-restore"; else bad "make docker-postgres-restore: $(tail -n 5 "$tmp/log")"; fi
expect "the databases are as they were" "" "$(diff <(everything) "$tmp/before" | head -n 5)"
expect "so is the collection" "$points" "$(qdrant POST /collections/work_docs/points/scroll '{}' | json "d['result']")"
expect "and its alias" work_docs "$(qdrant GET /aliases | json "d['result']['aliases'][0]['collection_name']")"
sql -d semantik -c 'DELETE FROM documents WHERE id > 5' -c 'CREATE TABLE later (x int)'
passes "over data that have changed since" bash scripts/restore-prod.sh "$backup" --yes || true
expect "it leaves what was backed up" "" "$(diff <(everything) "$tmp/before" | head -n 5)"

# --- what goes wrong -------------------------------------------------------------------------------
cp -r "$backup" "$tmp/damaged" && printf x >>"$tmp/damaged/qdrant.work_docs.snapshot"
sql -d semantik -c 'DELETE FROM documents WHERE id > 7'
if bash scripts/restore-prod.sh "$tmp/damaged" --yes >"$tmp/log" 2>&1; then bad "played back a damaged backup"; else expect "a damaged backup is refused" "1 7" "$(grep -c 'is damaged; nothing was changed' "$tmp/log") $(sql -d semantik -c 'SELECT count(*) FROM documents')"; fi
head -c 3000 "$backup/postgres.semantik.dump" >"$tmp/damaged/postgres.semantik.dump" && (cd "$tmp/damaged" && sha256sum -- *.* >SHA256SUMS)
if bash scripts/restore-prod.sh "$tmp/damaged" --yes >"$tmp/log" 2>&1; then bad "played back half a dump"; else expect "half a dump changes nothing" 7 "$(sql -d semantik -c 'SELECT count(*) FROM documents')"; fi
# fails WHAT CMD..: and no backup is there more than before, nor anything half of one
fails() {
  local what=$1 count; shift
  count=$(whole backups)
  if "$@" >"$tmp/log" 2>&1; then bad "$what: the backup says it went well"; return; fi
  expect "$what: nothing looks like a backup" "$count" "$(whole backups)"
}
docker exec -u 0 semantik-postgres sh -c 'printf "#!/bin/sh\nhead -c 100000 /dev/zero; exit 1\n" >/usr/local/bin/pg_dump && chmod +x /usr/local/bin/pg_dump'
fails "a dump that breaks off" bash scripts/backup-prod.sh
docker exec -u 0 semantik-postgres rm /usr/local/bin/pg_dump
docker pause semantik-qdrant >/dev/null && docker unpause semantik-qdrant >/dev/null
docker stop -t 1 semantik-qdrant >/dev/null
fails "a server that does not run" bash scripts/backup-prod.sh
expect "that is said" 1 "$(grep -c 'no container of qdrant runs here' "$tmp/log")"
docker start semantik-qdrant >/dev/null
mount -t tmpfs -o size=16k tmpfs "$tmp/full"
sed "s|^dir=.*|dir=$tmp/full|" scripts/backup-prod.sh >scripts/full.sh
fails "a full disk" bash scripts/full.sh
expect "and the disk is free again" 0 "$(whole "$tmp/full")"
mkdir -p backups/2020-01-0{1..9}T000000 backups/mine backups/.2020-01-01T000000.part
until_ok 20 qdrant GET /healthz || true
passes "the next backup goes well" bash scripts/backup-prod.sh || true
expect "the oldest make way" 7 "$(find backups -mindepth 1 -name '????-??-??T??????' | wc -l)"
expect "the newest stay, and what is not ours" "2020-01-09T000000 mine" "$(find backups -mindepth 1 -maxdepth 1 '(' -name '*01-09*' -o -name mine ')' -printf '%f\n' | LC_ALL=C sort | paste -sd' ')"
expect "a torso is cleared away" "" "$(find backups -name '*.part')"
( exec 9>>backups/.lock; flock 9; sleep 5 ) & held=$!
sleep 0.3
fails "two at once" bash scripts/backup-prod.sh
kill $held 2>/dev/null; wait $held 2>/dev/null || true
echo '1 2 3 4 5 other' >"$tmp/crontab"
bash scripts/backup-prod.sh --install >/dev/null && bash scripts/backup-prod.sh --install >/dev/null
expect "the schedule is in the crontab, once" "1 2 3 4 5 other|0 3 * * * bash $PWD/scripts/backup-prod.sh >/dev/null" "$(paste -sd'|' "$tmp/crontab")"
target down-prod
expect "make down-prod leaves no container" "" "$(docker ps -aq --filter label=com.docker.compose.project=semantik)"

# --- Oh My Coins: volumes ----------------------------------------------------------------------------
known postgres:17 redis:7-alpine traefik:v3.6 adminer
standin backend:latest ports=8000 health=/api/v1/utils/health-check/ oneshot=prestart
standin frontend:latest ports=80 health=/
: >"$tmp/here.yml"
if ! { stage oh-my-coins && cd "$stage" && fill_env oh-my-coins; }; then finish; fi
docker network create traefik-public >/dev/null 2>&1 || true
makes up-dev
target ps-dev; expect "make ps-dev shows them" 1 "$(grep -c orchestrator "$tmp/log")"
redis() { docker exec "$(docker ps -q --filter label=com.docker.compose.project=ohmycoins --filter label=com.docker.compose.service=redis)" redis-cli "$@"; }
redis SET coin 'ä $(id) "1"' >/dev/null
if bash scripts/backup-local.sh >"$tmp/log" 2>&1; then backup=$(tail -n 1 "$tmp/log"); else bad "backup: $(tail -n 3 "$tmp/log")"; fi
expect "everything runs on after a backup" "" "$(docker ps --filter label=com.docker.compose.project=ohmycoins --filter status=paused -q)"
redis SET coin other >/dev/null; redis SET more 1 >/dev/null
passes "Oh My Coins is played back" make -s restore-local FROM="$backup" <<<ohmycoins || true
expect "Redis has what it had" 'ä $(id) "1"|' "$(until_ok 10 redis PING; redis GET coin)|$(redis GET more)"
# Killed while containers stand still: the next one lets them go on.
sed 's/^  docker run --rm.*/  kill -9 $$/' scripts/backup-local.sh >scripts/killed.sh
bash scripts/killed.sh >"$tmp/log" 2>&1 || true
passes "after one that was killed, the next goes well" bash scripts/backup-local.sh || true
expect "and nothing stands still" PONG "$(timeout 5 redis-cli -h 127.0.0.1 ping 2>/dev/null || redis PING)"
makes down-dev
finish
