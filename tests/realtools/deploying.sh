# Sourced after lib.sh by the proofs that run deploy scripts: a real sshd for this user alone, the docker of this machine
# as the scripts see it, deployments and their ends. The proof sets `port`, the one of sshd.
# shellcheck shell=bash disable=SC2154,SC2034
host=$tmp/host                                # what the machine at the other end of ssh has

# sshd: own host key, own client key, only that key, only loopback. The user's own files are not used.
start_sshd() {
  ssh-keygen -q -t ed25519 -N '' -f "$tmp/host_key" && ssh-keygen -q -t ed25519 -N '' -f "$tmp/key"
  cp "$tmp/key.pub" "$tmp/authorized" && mkdir -p /run/sshd && chmod 700 "$tmp"
  cat >"$tmp/sshd_config" <<CONF
ListenAddress 127.0.0.1:$port
HostKey $tmp/host_key
AuthorizedKeysFile $tmp/authorized
PidFile $tmp/sshd.pid
PasswordAuthentication no
PermitRootLogin prohibit-password
StrictModes no
SetEnv PATH=$tmp/bin:$PATH CURL_HOME=$tmp DOCKER_BUILDKIT=0
CONF
  "$(command -v sshd || echo /usr/sbin/sshd)" -f "$tmp/sshd_config" -E "$tmp/sshd.log"
  echo "[127.0.0.1]:$port $(cut -d' ' -f1,2 "$tmp/host_key.pub")" >"$tmp/known_hosts"
  until_ok 5 test -s "$tmp/sshd.pid" || die "sshd: $(cat "$tmp/sshd.log")"
  export DEPLOY_SSH_OPTIONS="-F none -p $port -i $tmp/key -o IdentitiesOnly=yes -o UserKnownHostsFile=$tmp/known_hosts -o StrictHostKeyChecking=yes -o BatchMode=yes -o ConnectTimeout=5 "
}
stop_sshd() { [ ! -f "$tmp/sshd.pid" ] || kill "$(cat "$tmp/sshd.pid")"; }

# The docker of this machine: nothing can be pulled or pruned, and its Swarm needs what swarm_local.py does. A registry
# would tell which image `latest` is now: here a tag of its own does. The scripts under proof know nothing of that.
wrap_docker() {
  mkdir -p "$tmp/bin"
  cat >"$tmp/bin/docker" <<WRAPPER
#!/usr/bin/env bash
set -euo pipefail
docker=$(command -v docker)
if [ "\${1-}" = compose ]; then
  for word; do [ "\$word" != pull ] || exit 0; done
fi
case "\${1-} \${2-}" in "image prune" | "image rm" | "builder prune") echo "\$*" >>"$tmp/pruned"; exit 0 ;; esac
if [ "\${1-} \${2-}" = "stack deploy" ]; then
  shift 2
  files=() rest=() resolve=yes
  while [ \$# -gt 0 ]; do
    case \$1 in
      --compose-file) files+=(-c "\$2"); shift 2 ;;
      --resolve-image) resolve=no; shift 2 ;;
      *) rest+=("\$1"); shift ;;
    esac
  done
  local=\$PWD/.local.yml
  "\$docker" stack config "\${files[@]}" | $(command -v python) "$kit/swarm_local.py" | sed 's/\\$/\$\$/g' >"\$local"
  for image in \$([ "\$resolve" = no ] || sed -n 's/^ *image: \(.*:latest\)\$/\1/p' "\$local" | sort -u); do
    id=\$("\$docker" image inspect --format '{{.Id}}' "\$image")
    pinned=\${image%:latest}:\${id:7:12}
    "\$docker" tag "\$image" "\$pinned" && echo "\$pinned" >>"$tmp/pinned"
    sed -i "s|image: \$image\\\$|image: \$pinned|" "\$local"
  done
  exec "\$docker" stack deploy --resolve-image never --detach=true -c "\$local" "\${rest[@]}"
fi
exec "\$docker" "\$@"
WRAPPER
  chmod +x "$tmp/bin/docker"
}

# deploy SCRIPT ARG..: its output is in $tmp/log
deploy() {
  local script=$1; shift
  DEPLOY_HOST=root@127.0.0.1 DEPLOY_DIR=$host timeout "${patience:-150}" bash "scripts/$script" "$@" >"$tmp/log" 2>&1
}
# lines TEXT: how many of them the last deployment has said
lines() { grep -c "$1" "$tmp/log" || true; }
# kill_there PATTERN DIR: the processes of a deployment that work in this directory, at once
kill_there() {
  local pid
  for pid in $(pgrep -f -- "$1"); do
    if [ "$(readlink "/proc/$pid/cwd" 2>/dev/null)" = "$2" ]; then kill -9 "$pid"; fi
  done
}
# last_audit DIR: what became of the last deployment there
last_audit() { tail -n 1 "$1/.deploy/log" | cut -f3; }

# ask_always URL HOST: requests of all kinds, all the time, until `asked` puts what came of them into $tmp/asked
ask_always() {
  rm -f "$tmp/stop" "$tmp/asked"
  python "$kit/ask_always.py" "$1" "$2" "$tmp/stop" >"$tmp/asked" &
  asking=$!
}
asked() {
  touch "$tmp/stop"
  wait "$asking" || true
}
