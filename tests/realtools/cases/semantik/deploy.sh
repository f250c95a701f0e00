# semantik: a base and its overlay for production on the machine itself, behind nginx, by its Makefile. What stands for
# the world: no GPU, ports of loopback, a certificate of our own. Sourced by prove/systems.sh.
# shellcheck shell=bash disable=SC2154
semantik_image() { # VERSION [settings of the stand-in]
  local version=$1; shift
  # The check of beat looks for the file with its process; the owner's entrypoint makes it too.
  # shellcheck disable=SC2016 # for the shell inside of the container
  standin "proof/semantik:$version" ports=8000,8080 health=/health,/api/health/readyz bin=celery,alembic oneshot=inspect,upgrade \
    env=POSTGRES_PASSWORD,DATABASE_URL,REDIS_URL dial=DATABASE_URL "$@" \
    extra='ENTRYPOINT ["/bin/sh", "-c", "if [ $1 = beat ]; then echo $$ >/tmp/celerybeat.pid; fi; exec /usr/local/bin/standin $@", "--"]'
}
# release VERSION: what the repository builds from now on
release() { printf 'FROM proof/semantik:%s AS runtime\nENV VERSION=%s\n' "$1" "$1" >Dockerfile && commit "$1"; }
# shellcheck disable=SC2120
semantik_ids() { docker ps -q --no-trunc --filter label=com.docker.compose.project=semantik "$@" | sort | paste -sd' '; }
version_of() { docker exec "semantik-$1" printenv VERSION; }
through_nginx() { # PATH: what nginx answers on the port for TLS
  curl -sk -m 5 -o /dev/null -w '%{http_code}' --resolve semantik.example.com:18004:127.0.0.1 "https://semantik.example.com:18004$1" || true
}
nginx_leads_on() { [ "$(through_nginx /api/health/readyz)" = 200 ]; }

deploys() {
  local was old
  project_gone semantik
  semantik_image 1
  semantik_image 2
  semantik_image broken env=NOBODY_SETS_THIS
  bash "$kit/images.sh" postgres:16-alpine redis:7-alpine qdrant/qdrant:v1.7.4 nginx:1.28-alpine >"$tmp/log" 2>&1 || die "$(tail -n 2 "$tmp/log")"
  # The steps of the owner's page: the env file from its template, the certificates of the operator.
  fill_env semantik || die "semantik: no env file from its template"
  chmod 600 .env && mkdir -p ssl
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=semantik.example.com \
    -keyout ssl/privkey.pem -out ssl/fullchain.pem 2>/dev/null
  # This machine: nginx of Debian 12, no graphics processor, ports that nobody else uses.
  sed -i '/http2 on;/d' nginx.conf
  sed -i -e 's/"80:80"/"127.0.0.1:18003:80"/' -e 's/"443:443"/"127.0.0.1:18004:443"/' docker-compose.prod.yml
  python - docker-compose.yml <<'PYTHON'
import re, sys
path, text = sys.argv[1], open(sys.argv[1]).read()
open(path, "w").write(re.sub(r" +reservations:\n +devices:\n( +- driver:.*\n)( +(count|capabilities):.*\n)+", "", text))
PYTHON
  ! grep -q nvidia docker-compose.yml || die "semantik: the GPU is still there"
  printf '.env\nssl/\n' >.gitignore && git init -q -b main . && release 1

  if timeout "$patience" make -s deploy-prod >"$tmp/log" 2>&1; then ok "semantik: make deploy-prod"; else bad "semantik: make deploy-prod: $(tail -n 25 "$tmp/log")"; return 0; fi
  expect "semantik: the directories of its page are there" "data documents logs models" "$(find data documents logs models -maxdepth 0 -type d | paste -sd' ')"
  expect "semantik: the migration has run before the application" "what migration start" "$(sed -n 's/^== \(what\|migration\|start\).*/\1/p' "$tmp/log" | paste -sd' ')"
  expect "semantik: the application was asked from inside" 1 "$(told 'http://localhost:8080/api/health/readyz answers')"
  if until_ok 20 nginx_leads_on; then ok "semantik: nginx leads to it over TLS"; else bad "semantik: nginx says $(through_nginx /api/health/readyz)"; fi
  expect "semantik: and sends callers of the other port there" "301 https://semantik.example.com/x" \
    "$(curl -s -m 5 -o /dev/null -w '%{http_code} %{redirect_url}' -H 'Host: semantik.example.com' http://127.0.0.1:18003/x)"
  expect "semantik: the overlay holds: the version, the stage, no port of its own" "qdrant/qdrant:v1.7.4 production 4 {}" \
    "$(docker inspect -f '{{.Config.Image}}' semantik-qdrant) $(docker exec semantik-webui printenv ENVIRONMENT) $(docker exec semantik-webui printenv WEBUI_WORKERS) $(docker inspect -f '{{json .HostConfig.PortBindings}}' semantik-webui)"
  expect "semantik: make ps-prod shows all eight" 8 "$(make -s ps-prod | grep -c ' Up ' || true)"

  was=$(semantik_ids)
  deployed "semantik: the same again" deploy-prod.sh || return 0
  expect "semantik: the same again restarts nothing" "$was" "$(semantik_ids)"

  old=$(docker inspect -f '{{.Id}}' semantik-postgres semantik-redis semantik-qdrant semantik-nginx)
  release 2
  deployed "semantik: a new version" deploy-prod.sh || return 0
  expect "semantik: all of the application is new" "2 2 2 2" "$(version_of webui) $(version_of vecpipe) $(version_of worker) $(version_of beat)"
  expect "semantik: the databases and nginx were left alone" "$old" "$(docker inspect -f '{{.Id}}' semantik-postgres semantik-redis semantik-qdrant semantik-nginx)"
  # The name leads to another container now: nginx looks it up again.
  if until_ok 20 nginx_leads_on; then ok "semantik: nginx leads to the new one"; else bad "semantik: nginx says $(through_nginx /api/health/readyz)"; fi

  # Killed while the new containers start; the next one goes on from there.
  release 1
  ( timeout "$patience" bash scripts/deploy-prod.sh >"$tmp/killed" 2>&1 ) &
  local killed=$!
  until_ok 60 grep -q '^== start' "$tmp/killed" || true
  kill_there scripts/deploy-prod.sh "$stage"
  kill_there 'compose --project-name semantik' "$stage"
  wait $killed 2>/dev/null || true
  expect "semantik: it was killed before its end" 0 "$(grep -c 'prod runs' "$tmp/killed" || true)"
  deployed "semantik: killed half way, and repeated" deploy-prod.sh || return 0
  expect "semantik: it tells of the one that did not end" 1 "$(told 'the last deployment did not end')"
  expect "semantik: then all runs as it should" "1 1 1 1 8" "$(version_of webui) $(version_of vecpipe) $(version_of worker) $(version_of beat) $(semantik_ids | wc -w)"

  release broken
  if deploy deploy-prod.sh; then bad "semantik: a broken version was taken for a good one"; fi
  expect "semantik: what fails is the reason" "deploy: rolled back: the migration in webui failed" "$(tail -n 1 "$tmp/log")"
  expect "semantik: the version of before runs" "1 rolled back" "$(version_of webui) $(last_audit .)"
  if until_ok 20 nginx_leads_on; then ok "semantik: and answers"; else bad "semantik: nginx says $(through_nginx /api/health/readyz)"; fi
}
