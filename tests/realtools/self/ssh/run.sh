#!/usr/bin/env bash
# A deploy script against a real sshd on loopback, with keys of its own: what it copies and starts is there.
. "$(dirname "$0")/../../lib.sh"
cleanup() {
  stack_rm self-ssh
  [ ! -f "$tmp/sshd.pid" ] || kill "$(cat "$tmp/sshd.pid")"
}
# sshd: own host key, own client key, only that key, only loopback. The user's own files are not used.
start_sshd() {
  ssh-keygen -q -t ed25519 -N '' -f "$tmp/host" && ssh-keygen -q -t ed25519 -N '' -f "$tmp/key"
  cp "$tmp/key.pub" "$tmp/authorized" && mkdir -p /run/sshd && chmod 700 "$tmp"
  cat >"$tmp/sshd_config" <<CONF
ListenAddress 127.0.0.1:2222
HostKey $tmp/host
AuthorizedKeysFile $tmp/authorized
PidFile $tmp/sshd.pid
PasswordAuthentication no
PermitRootLogin prohibit-password
StrictModes no
Subsystem sftp internal-sftp
CONF
  "$(command -v sshd || echo /usr/sbin/sshd)" -f "$tmp/sshd_config" -E "$tmp/sshd.log"
  echo "[127.0.0.1]:2222 $(cut -d' ' -f1,2 "$tmp/host.pub")" >"$tmp/known_hosts"
}
start_sshd
until_ok 5 test -s "$tmp/sshd.pid" || die "sshd: $(cat "$tmp/sshd.log")"
export DEPLOY_HOST=root@127.0.0.1 DEPLOY_DIR=$tmp/srv \
  SSH_OPTS="-F none -o Port=2222 -i $tmp/key -o IdentitiesOnly=yes -o UserKnownHostsFile=$tmp/known_hosts -o StrictHostKeyChecking=yes -o BatchMode=yes -o ConnectTimeout=5"
bash "$kit/images.sh" app self/web:local ports=8000 health=/health env=RELEASE >/dev/null
answer() { curl -s -m 5 "http://127.0.0.1:8006/_/$1"; }

passes "shellcheck passes the script" shellcheck deploy.sh || true
RELEASE=1 timeout 60 bash deploy.sh >"$tmp/log" 2>&1 || die "deploy: $(tail -n 3 "$tmp/log")"
until_ok 15 is_200 http://127.0.0.1:8006/health || die "the deployed service does not answer"
expect "the release is deployed over ssh" 1 "$(answer env | json 'd["RELEASE"]')"
expect "the copied file is mounted" "file hello" "$(answer stat/app/settings.json | json 'd["kind"] + " " + json.loads(d["content"])["greeting"]')"
if SSH_OPTS="${SSH_OPTS/Port=2222/Port=2223}" RELEASE=2 timeout 60 bash deploy.sh >"$tmp/log" 2>&1; then
  bad "an unreachable host passed"
else
  ok "an unreachable host fails the script"
fi
finish
