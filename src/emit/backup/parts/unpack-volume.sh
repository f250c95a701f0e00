# unpack_volume NAME: the archive is unpacked beside what is there, and takes its place when it is whole.
unpack_volume() {
  docker volume inspect "$1" >/dev/null 2>&1 || die "there is no volume $1 here: start the system once"
  halt "$1"
  # shellcheck disable=SC2016
  gzip -dc -- "$from/$1.tar.gz" | docker run --rm --interactive --network none --volume "$1:/to" "$archiver" sh -euc '
    new=/to/.specc.restored
    rm -rf $new && mkdir $new
    tar -C $new -xf - || { rm -rf $new; exit 1; }
    find /to -mindepth 1 -maxdepth 1 ! -path $new -exec rm -rf {} +
    find $new -mindepth 1 -maxdepth 1 -exec mv {} /to/ \;
    chown "$(stat -c %u:%g $new)" /to && chmod "$(stat -c %a $new)" /to && rmdir $new' || die "the volume $1 could not be filled; what it had is in it"
  resume
}
