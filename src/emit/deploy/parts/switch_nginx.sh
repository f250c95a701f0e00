# ---- how nginx is told ----
#
# nginx asks the name of a service, and the engine names all of its containers, ready or not. So while there are two
# versions, files in the memory of the proxy's container say whom to ask; they are gone when it starts again.

is_draining() { return 1; }   # who is not asked need not say so

in_proxy() { compose exec -T "$proxy" sh -c "$@"; }

# reload: requests that have begun end as they began, in the processes of before.
reload() {
  in_proxy 'nginx -t -q && nginx -s reload' </dev/null >/dev/null 2>&1 || die "nginx does not take whom to ask: $(in_proxy 'nginx -t 2>&1' </dev/null | tail -n 2)"
  sleep 1
}

# address ID: where the proxy reaches the container.
address() {
  local networks='{{range $name, $network := .NetworkSettings.Networks}}{{$name}} {{$network.IPAddress}}{{"\n"}}{{end}}'
  awk 'NR == FNR {shared[$1] = 1; next} $1 in shared && $2 != "" {print $2; exit}' \
    <(docker inspect --format "$networks" "$(running "$proxy" | head -n 1)") <(docker inspect --format "$networks" "$1")
}

# point SERVICE ID..: nginx asks these. It reads that when it is told to.
point() {
  local service=$1 port id servers; shift
  for port in ${listens[$service]}; do
    servers=
    for id; do servers+=" server $(address "$id"):$port;"; done
    in_proxy 'echo "upstream $1.$2.live {$3 }" >"/dev/shm/$1.$2.upstream" && echo "set \$live http://$1.$2.live;" >"/dev/shm/$1.$2.live"' \
      point "$service" "$port" "$servers" </dev/null
  done
}

# hold SERVICE ID..: while new ones start, nginx asks these, unless a deployment that was killed has said whom.
hold() {
  local port=${listens[$1]%% *}
  if in_proxy 'test -e "/dev/shm/$1.$2.live"' hold "$1" "$port" </dev/null; then return; fi
  point "$@"
  reload
}

hand_over() {
  local service ids=()
  for service in "${!serving[@]}"; do
    read -ra ids <<<"${serving[$service]}"
    if [ -n "${leaving[$service]}" ]; then point "$service" "${ids[@]}"; fi
  done
  reload
  sleep "$drain"
}

take_back() { hand_over; }

# let_go: there is one version only, so its name is enough, and finds it wherever it moves.
let_go() {
  if in_proxy 'ls /dev/shm/*.live >/dev/null 2>&1' </dev/null; then
    in_proxy 'rm -f /dev/shm/*.upstream /dev/shm/*.live' </dev/null
    reload
  fi
}
