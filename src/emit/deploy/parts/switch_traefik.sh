# ---- how Traefik is told ----
#
# Traefik asks the containers of a service that are healthy, and looks again whenever that of one changes. A container
# that is to get no more requests therefore has to say that it is not healthy: its check looks for a file.

draining=/dev/shm/draining

is_draining() { docker exec "$1" test -e "$draining" </dev/null; }

hold() { :; }      # what is not healthy yet gets no requests
let_go() { :; }

hand_over() {
  local id end
  sleep 3          # Traefik takes what has changed within 2 s
  for id in $(leave); do docker exec "$id" sh -c ": >$draining" </dev/null || note "a container of the old version has ended"; done
  end=$((SECONDS + timeout))
  for id in $(leave); do
    while [ "$(docker inspect --format '{{.State.Running}} {{with .State.Health}}{{.Status}}{{end}}' "$id")" = "true healthy" ]; do
      [ $SECONDS -lt $end ] || die "a container of the old version is healthy still, though it should get no more requests"
      sleep 0.5
    done
  done
  sleep "$((3 + drain))"
}

take_back() {
  local id end=$((SECONDS + timeout))
  for id in $(serve); do docker exec "$id" rm -f "$draining" </dev/null || true; done
  for id in $(serve); do
    while [ "$(docker inspect --format '{{with .State.Health}}{{.Status}}{{end}}' "$id")" != healthy ] && [ $SECONDS -lt $end ]; do sleep 0.5; done
  done
  sleep 3
  for id in $(leave); do docker exec "$id" sh -c ": >$draining" </dev/null 2>&1 || true; done
  sleep 3
}
