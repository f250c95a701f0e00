# archive_volume NAME [stop]: its containers stand still meanwhile, since a copy of files that change is worth nothing.
# Who keeps data in memory is stopped instead: then it writes them.
archive_volume() {
  local halt=pause
  onward=unpause
  if [ "${2-}" = stop ]; then halt=stop onward=start; fi
  docker volume inspect "$1" >/dev/null 2>&1 || die "there is no volume $1 here"
  mapfile -t halted < <(docker ps --quiet --filter "volume=$1")
  if [ ${#halted[@]} -gt 0 ]; then
    printf '%s\n' "$onward" "${halted[@]}" >"$part/.halted"
    docker "$halt" "${halted[@]}" >/dev/null
  fi
  docker run --rm --network none --volume "$1:/from:ro" "$archiver" tar -C /from -cf - . | gzip >"$part/$1.tar.gz" || die "the volume $1 could not be read"
  resume
  rm -f -- "$part/.halted"
}
