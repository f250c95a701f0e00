#!/usr/bin/env bash
# Build small local stand-ins for container images, without any container registry, and tag them with
# the names that compose files use: docker compose and Swarm then run them.
#
#   images.sh IMAGE...                     stand-ins for known images (the table in `official`), any tag
#   images.sh app IMAGE [key=value]...     a stand-in for an application; keys: images/standin.py
#         ports=8000,9000 health=/health,/ready env=DATABASE_URL dial=DATABASE_URL oneshot=migrate
#         bin=celery,alembic (names its command is found under)  without=curl,wget  user=1000
#   images.sh clean                        remove every image made here
#
# An image that is there and up to date is left alone: a second run takes about 0.1 s an image.
# What is real: PostgreSQL 15, redis 7.0, nginx 1.22 (Debian's) and traefik (from tools.sh).
# busybox and curl are real too (Debian's). What is not: Qdrant (images/qdrant.py), and everything else, which is
# images/standin.py. A program that the official image lacks (curl in
# qdrant, say) is removed, so that a healthcheck that cannot work there does not work here.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
RT=${REALTOOLS:-$root/target/realtools}
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
export DOCKER_BUILDKIT=0                      # the engine's own builder: no buildx needed
LABEL=specc.standin

PACKAGES=ca-certificates,curl,wget,openssl,procps,tini,python3-minimal,libpython3-stdlib,nginx-light,redis-server,postgresql-15

die() { echo "images.sh: $*" >&2; exit 1; }

make_base() { # one root file system that every stand-in shares, imported as standin/base
  local sources users trim key
  # The host's own apt sources, Debian's part only: no host name needs to be known here.
  for sources in /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list ""; do
    if [ -s "$sources" ]; then break; fi
  done
  [ -n "$sources" ] || die "no apt sources found to build from"
  # Hooks of mmdebstrap: $1 is the new root. uids 70, 999 and 101 are those of the official alpine images.
  # shellcheck disable=SC2016
  users='useradd -R "$1" -Mrs /usr/sbin/nologin -u 101 nginx
         for u in postgres:70 redis:999; do useradd -R "$1" -Mrs /bin/bash -u ${u#*:} -d /var/lib/${u%:*} ${u%:*}; done'
  # shellcheck disable=SC2016
  trim='cd "$1" && rm -rf var/lib/apt/lists/* var/cache/apt/* var/lib/postgresql/15 etc/postgresql/15 \
    usr/lib/*/libLLVM* usr/lib/postgresql/15/lib/llvmjit* usr/lib/postgresql/15/lib/bitcode && ln -s python3 usr/bin/python'
  key=$(sha256sum <<<"$PACKAGES$users$trim" | cut -c1-12)
  base=standin/base:$key
  if docker image inspect "$base" >/dev/null 2>&1; then return; fi
  mmdebstrap --quiet --mode=root --variant=minbase --include="$PACKAGES" \
    --aptopt='Apt::Install-Recommends "false"' --aptopt='Acquire::Languages "none"' \
    --dpkgopt=force-unsafe-io --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --essential-hook="$users" --customize-hook="$trim" \
    bookworm "$work/base.tar" "$sources" >"$work/log" 2>&1 || { tail -n 20 "$work/log" >&2; die "mmdebstrap failed"; }
  docker import -c "LABEL $LABEL=base" "$work/base.tar" "$base" >/dev/null
  rm "$work/base.tar"
}

build() { # build IMAGE [traefik] <Dockerfile lines on stdin>; what is identical comes from the cache
  local image=$1 dir=$work/ctx key
  rm -rf "$dir" && mkdir "$dir" && cp "$here"/images/* "$dir"
  [ "${2:-}" != traefik ] || ln "$RT/venv/bin/traefik" "$dir/traefik" 2>/dev/null || cp "$RT/venv/bin/traefik" "$dir/traefik"
  { echo "FROM $base"; cat; } >"$dir/Dockerfile"
  key=$(cat "$dir"/Dockerfile "$here"/images/* | sha256sum | cut -c1-12)
  if [ "$(docker image inspect -f "{{index .Config.Labels \"$LABEL\"}}" "$image" 2>/dev/null)" = "$key" ]; then return; fi
  docker build -q -t "$image" --label "$LABEL=$key" "$dir" >"$work/log" 2>&1 || { cat "$work/log" >&2; die "building $image failed"; }
  echo "built $image"
}

quoted() { # a,b -> "a","b"
  if [ -n "$1" ]; then printf '"%s"' "${1//,/\",\"}"; fi
}

app() { # app IMAGE key=value...
  local image=$1 ports=8000 health=/health env='' dial='' oneshot='' bin='' without='' user='' extra=''
  local option; shift
  for option; do
    case $option in
      ports=* | health=* | env=* | dial=* | oneshot=* | bin=* | without=* | user=* | extra=*) local "${option?}" ;;
      *) die "unknown option $option" ;;
    esac
  done
  build "$image" <<DOCKERFILE
COPY standin.py /usr/local/bin/standin
RUN chmod 755 /usr/local/bin/standin ; \
    for n in ${bin//,/ }; do ln -s standin /usr/local/bin/\$n; done ; \
    for n in ${without//,/ }; do rm -f /usr/bin/\$n; done ; \
    echo '{"ports":[$ports],"health":[$(quoted "$health")],"env":[$(quoted "$env")],"dial":[$(quoted "$dial")],"oneshot":[$(quoted "$oneshot")]}' >/etc/standin.json
${user:+USER $user}
EXPOSE ${ports//,/ }
WORKDIR /app
ENTRYPOINT ["/usr/local/bin/standin"]
$extra
DOCKERFILE
}

postgres() {
  build "$1" <<'DOCKERFILE'
COPY postgres.sh /usr/local/bin/docker-entrypoint.sh
# The official images know en_US.utf8; that of alpine sorts by it as by C.
RUN chmod 755 /usr/local/bin/docker-entrypoint.sh; rm -f /usr/bin/curl; \
    cp -r /usr/lib/locale/C.utf8 /usr/lib/locale/en_US.utf8; \
    mkdir -p /docker-entrypoint-initdb.d /var/lib/postgresql/data /var/run/postgresql; \
    chown -R postgres /var/lib/postgresql /var/run/postgresql; chmod 1777 /var/lib/postgresql/data
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/lib/postgresql/15/bin:/usr/sbin:/usr/bin:/sbin:/bin PGDATA=/var/lib/postgresql/data LANG=C.UTF-8
VOLUME /var/lib/postgresql/data
EXPOSE 5432
STOPSIGNAL SIGINT
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["postgres"]
DOCKERFILE
}

redis() {
  build "$1" <<'DOCKERFILE'
COPY redis.sh /usr/local/bin/docker-entrypoint.sh
RUN chmod 755 /usr/local/bin/docker-entrypoint.sh; rm -f /usr/bin/curl; mkdir -p /data; chown redis /data
VOLUME /data
WORKDIR /data
EXPOSE 6379
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["redis-server"]
DOCKERFILE
}

nginx() {
  build "$1" <<'DOCKERFILE'
COPY nginx.conf /etc/nginx/nginx.conf
COPY nginx.sh /docker-entrypoint.sh
RUN chmod 755 /docker-entrypoint.sh; mkdir -p /docker-entrypoint.d /etc/nginx/conf.d /etc/nginx/templates /usr/share/nginx/html; \
    printf 'server {\n  listen 80;\n  location / { root /usr/share/nginx/html; index index.html; }\n}\n' >/etc/nginx/conf.d/default.conf; \
    echo 'Welcome to nginx!' >/usr/share/nginx/html/index.html; \
    ln -sf /dev/stdout /var/log/nginx/access.log; ln -sf /dev/stderr /var/log/nginx/error.log
EXPOSE 80
STOPSIGNAL SIGQUIT
ENTRYPOINT ["/docker-entrypoint.sh"]
CMD ["nginx", "-g", "daemon off;"]
DOCKERFILE
}

traefik() {
  build "$1" traefik <<'DOCKERFILE'
COPY traefik /usr/local/bin/traefik
COPY traefik.sh /entrypoint.sh
RUN chmod 755 /entrypoint.sh; rm -f /usr/bin/curl
EXPOSE 80
ENTRYPOINT ["/entrypoint.sh"]
CMD ["traefik"]
DOCKERFILE
}

qdrant() {
  build "$1" <<'DOCKERFILE'
COPY qdrant.py /qdrant/qdrant
RUN chmod 755 /qdrant/qdrant; rm -f /usr/bin/curl /usr/bin/wget; mkdir -p /qdrant/storage /qdrant/snapshots
WORKDIR /qdrant
EXPOSE 6333 6334
CMD ["./qdrant"]
DOCKERFILE
}

curl() {
  build "$1" <<'DOCKERFILE'
RUN useradd -u 100 curl_user
USER curl_user
ENTRYPOINT ["curl"]
DOCKERFILE
}

busybox() { # nothing but it, as in the official image
  local dir=$work/busybox key program
  program=$(type -P busybox) || die "there is no busybox: run tools.sh first"
  key=$(sha256sum "$program" | cut -c1-12)
  if [ "$(docker image inspect -f "{{index .Config.Labels \"$LABEL\"}}" "$1" 2>/dev/null)" = "$key" ]; then return; fi
  rm -rf "$dir" && mkdir -p "$dir" && cp "$program" "$dir/busybox"
  printf '%s\n' 'FROM scratch' 'COPY busybox /bin/busybox' 'RUN ["/bin/busybox", "mkdir", "-p", "/tmp", "/root", "/etc"]' \
    'RUN ["/bin/busybox", "--install", "-s", "/bin"]' 'CMD ["sh"]' >"$dir/Dockerfile"
  docker build -q -t "$1" --label "$LABEL=$key" "$dir" >"$work/log" 2>&1 || { cat "$work/log" >&2; die "building $1 failed"; }
  echo "built $1"
}

official() { # official IMAGE: the kind of stand-in follows from the repository's name
  case $1 in
    postgres:* | pgvector/pgvector:* | timescale/timescaledb:*) postgres "$1" ;;
    redis:* | valkey/valkey:*) redis "$1" ;;
    nginx:*) nginx "$1" ;;
    traefik:*) traefik "$1" ;;
    qdrant/qdrant:*) qdrant "$1" ;;
    busybox:*) busybox "$1" ;;
    curlimages/curl:*) curl "$1" ;;
    minio/minio:* | quay.io/minio/minio:*) app "$1" ports=9000,9001 health=/minio/health/live,/minio/health/ready,/minio/health/cluster without=wget ;;
    minio/mc:*) app "$1" ports=1 oneshot=mc bin=mc extra='ENTRYPOINT ["mc"]' ;;
    otel/opentelemetry-collector*:*) app "$1" ports=4317,4318,13133,8888 health=/,/metrics without=curl,wget,python ;;
    adminer:*) app "$1" ports=8080 health=/ without=wget ;;
    netdata/netdata:*) app "$1" ports=19999 health=/,/api/v1/info ;;
    clickhouse/clickhouse-server:*) app "$1" ports=8123,9000 health=/,/ping without=curl oneshot=--query bin=clickhouse-client ;;
    app:*) app "$1" ports=8000,8080,80 health=/,/health,/healthz,/api/health ;;
    *) die "no stand-in is known for $1: use images.sh app" ;;
  esac
}

docker info >/dev/null 2>&1 || die "no docker engine: run tools.sh first"
case ${1:-} in
  '') die "which image? (see the head of this script)" ;;
  app) make_base; shift; app "$@" ;;
  clean) # twice or more: the base goes only after the images made from it
         for _ in 1 2 3; do docker images -aq --filter "label=$LABEL" | sort -u | xargs -r docker rmi -f >/dev/null 2>&1 || true; done ;;
  *) make_base
     for image; do
       case ${image##*/} in *:*) official "$image" ;; *) official "$image:latest" ;; esac
     done ;;
esac
