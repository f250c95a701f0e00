# Oh My Coins: a runner on the server in the LAN builds and starts it there; the secrets lie in a file of that machine
# only. Sourced by prove/systems.sh.
# shellcheck shell=bash disable=SC2154
deploys() {
  ! docker network inspect traefik-public >/dev/null 2>&1 || die "there is a network traefik-public already"
  undo+=("docker network rm traefik-public")
  project_gone ohmycoins
  standin proof/coins:backend ports=8000 health=/api/v1/utils/health-check/ oneshot=prestart \
    env=SECRET_KEY,POSTGRES_USER,POSTGRES_PASSWORD dial=POSTGRES_SERVER:POSTGRES_PORT   # the job comes before Redis
  standin proof/coins:frontend ports=80 health=/
  bash "$kit/images.sh" traefik:v3.6 postgres:17 redis:7-alpine adminer:latest >"$tmp/log" 2>&1 || die "$(tail -n 2 "$tmp/log")"
  fill_env oh-my-coins || die "oh-my-coins: no env files from its templates"
  mkdir -p "$tmp/home/omc" && mv .env "$tmp/home/omc/secrets.safe"
  echo FROM proof/coins:backend >backend/Dockerfile
  echo FROM proof/coins:frontend >frontend/Dockerfile
  local coins=http://127.0.0.1:18001
  HOME=$tmp/home deployed "oh-my-coins: the first deployment" deploy-local.sh || return 0
  expect "oh-my-coins: the env file was made of what only the machine has" 1 "$(grep -c '^PROXY_PORT=18001$' .env || true)"
  expect "oh-my-coins: the network of the proxy was made" 1 "$(told 'there is no network traefik-public yet')"
  expect "oh-my-coins: the job has run before the API" "job start" "$(sed -n 's/^== \(job\|start\).*/\1/p' "$tmp/log" | paste -sd' ')"
  if until_ok 20 is_200 $coins/api/v1/utils/health-check/ api.localhost; then ok "oh-my-coins: the API answers through Traefik"; else bad "oh-my-coins: no API"; fi
  ids() { docker ps -q --filter label=com.docker.compose.project=ohmycoins --filter "label=com.docker.compose.service=$1" | sort | paste -sd' '; }
  expect "oh-my-coins: two of the API, one orchestrator that collects" "2 1 True" \
    "$(wc -w <<<"$(ids backend)") $(wc -w <<<"$(ids orchestrator)") $(docker exec "$(ids orchestrator)" printenv RUN_COLLECTORS)"
  local was; was="$(ids backend) $(ids orchestrator) $(ids db)"
  HOME=$tmp/home deployed "oh-my-coins: the same again" deploy-local.sh || return 0
  expect "oh-my-coins: the same again restarts nothing" "$was" "$(ids backend) $(ids orchestrator) $(ids db)"
}
