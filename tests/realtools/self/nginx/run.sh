#!/usr/bin/env bash
# Real nginx: -t on a site, then the same file in a container that proxies to another project by name.
. "$(dirname "$0")/../../lib.sh"
cleanup() {
  docker compose -f app.yml down -t 2; docker compose -f proxy.yml down -t 2
  docker network rm self-shared-net
}
# nginx_t FILE: check one site file as the distribution's nginx would load it, without root's logs
# or pid file. Names in proxy_pass need no DNS here as long as they are held in a variable.
nginx_t() {
  printf 'pid %s/pid;\nerror_log stderr;\nevents {}\nhttp { access_log off; include %s; }\n' "$tmp" "$1" >"$tmp/nginx.conf"
  nginx -t -q -e stderr -c "$tmp/nginx.conf"
}
passes "nginx -t accepts the site" nginx_t "$here/site.conf"
sed 's/proxy_pass /proxy_pas /' site.conf >"$tmp/bad.conf"
if nginx_t "$tmp/bad.conf" 2>"$tmp/err"; then die "nginx -t accepted a misspelt directive"; fi
ok "nginx -t names the bad line: $(grep -o 'unknown directive.*' "$tmp/err" | sed "s#$tmp/##")"
# shellcheck disable=SC2016
sed 's#\$upstream;#http://self-app:8000;#' site.conf >"$tmp/fixed.conf"
if nginx_t "$tmp/fixed.conf" 2>/dev/null; then die "a fixed upstream name was accepted without DNS"; fi
ok "nginx -t refuses a fixed upstream name that does not resolve (so use a variable)"

bash "$kit/images.sh" nginx:alpine >/dev/null
bash "$kit/images.sh" app self/api:local ports=8000 health=/healthz env=SECRET_KEY,LOG_LEVEL >/dev/null
if docker compose -f proxy.yml up -d >/dev/null 2>&1; then die "started without its external network"; fi
ok "compose refuses to start while the external network is missing"
docker network create self-shared-net >/dev/null
docker compose -f proxy.yml up -d --wait >/dev/null 2>&1
expect "without the app nginx runs and answers" 502 "$(until_ok 5 bash -c "curl -s -o /dev/null http://127.0.0.1:8004/" ; code http://127.0.0.1:8004/healthz api.example.org)"
docker compose -f app.yml up -d --wait >/dev/null 2>&1
until_ok 15 is_200 http://127.0.0.1:8004/healthz api.example.org || die "no answer through nginx"
ok "nginx finds the app when it comes up later"
expect "the app sees the public host name" api.example.org "$(curl -s -m 5 -H 'Host: api.example.org' http://127.0.0.1:8004/_/id | json 'd["headers"]["Host"]')"
docker compose -f app.yml up -d --force-recreate --wait >/dev/null 2>&1
until_ok 15 is_200 http://127.0.0.1:8004/healthz api.example.org || die "no answer after recreating the app"
ok "nginx finds the recreated app without a reload"
finish
