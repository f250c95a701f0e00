# One at a time, and what is begun is not taken for a backup: it has its name when it is whole.
umask 077
mkdir -p -- "$dir"
exec 9>>"$dir/.lock"
flock --nonblock 9 || die "another backup is running"
name=$(date -u +%Y-%m-%dT%H%M%S)
part=$dir/.$name.part
halted=() onward=''
trap 'resume; rm -rf -- "$part"' EXIT
resume() { [ ${#halted[@]} = 0 ] || docker "$onward" "${halted[@]}" >/dev/null; halted=(); }
# What one that was killed has left behind: a torso, and containers that stand still.
for old in "$dir"/.*.part; do
  [ ! -s "$old/.halted" ] || xargs docker <"$old/.halted" >/dev/null 2>&1 || true
  rm -rf -- "$old"
done
mkdir -- "$part"
