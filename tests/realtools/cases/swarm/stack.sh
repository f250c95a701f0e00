# The example of a stack: three replicas that know their slot, a mounted configuration, a queue with data.
# Sourced by prove/stack.sh.
# shellcheck shell=bash disable=SC2034,SC2154
environment=prod
images() {
  standin registry.example.com/team/web:latest ports=8000 health=/health env=GREETING,WORKER dial=QUEUE
}
checks() {
  expect "each replica knows its slot" "swarm-web-1 swarm-web-2 swarm-web-3" "$(variables web WORKER)"
  expect "the configuration is mounted" "$(cat web.toml)" "$(docker exec "$(task web)" cat /etc/web/web.toml)"
  reaches web http://web:8000/health
}
