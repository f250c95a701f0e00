# What has the volume is stopped, until it is there again.
halted=()
halt() {
  mapfile -t halted < <(docker ps --quiet --filter "volume=$1")
  [ ${#halted[@]} = 0 ] || docker stop "${halted[@]}" >/dev/null
}
resume() { [ ${#halted[@]} = 0 ] || docker start "${halted[@]}" >/dev/null; halted=(); }
