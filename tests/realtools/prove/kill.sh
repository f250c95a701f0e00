#!/usr/bin/env bash
# kill -9 at any moment of a build that changes some 300 files: the tree is entirely the old one or entirely
# the new one, never a file cut short, and the next build repairs whatever was left behind.
#
# Two ways to die: strace kills the process at a certain system call that touches a file, for moments
# spread over the whole run; and a plain kill -9 after a random time.   KILLS=200 kill.sh   for more of the second.
. "$(dirname "$0")/../lib.sh"
[ -x "$SPECC" ] || die "no specc at $SPECC: run cargo build --release"
command -v strace >/dev/null || die "strace is not installed"
environments=100 kills=${KILLS:-40} moments=${MOMENTS:-60}
build() { (cd "$1" && "$SPECC" build); }

# The two trees, each built in peace.
for release in 1 2; do
  mkdir "$tmp/$release"
  python "$kit/many_files.py" $release $((release * 3)) $environments >"$tmp/$release/specc.yaml"
  build "$tmp/$release" >"$tmp/log" 2>&1 || die "build: $(tail -n 3 "$tmp/log")"
done
files=$(find "$tmp/1" -type f | wc -l)
[ "$files" -ge 300 ] || bad "only $files files: too small a tree"
# What a trial starts from: the old tree with the new spec, in which files change, appear and go; or a
# repository in which nothing was ever generated.
cp -a "$tmp/1" "$tmp/old" && cp "$tmp/2/specc.yaml" "$tmp/old/specc.yaml"
mkdir "$tmp/bare" && cp "$tmp/2/specc.yaml" "$tmp/bare/specc.yaml"
from=old

declare -A seen=([old]=0 [new]=0)
wrong=0 unrepaired=0 trials=0
# judge WHAT: look at $tmp/now after a death
judge() {
  local state
  trials=$((trials + 1))
  # Whoever goes on where the first one died has the right to change the tree until it is done.
  flock "$tmp/now" true
  state=$(python "$kit/tree_state.py" "$tmp/$from" "$tmp/2" "$tmp/now")
  case $state in
    old | new) seen[$state]=$((seen[$state] + 1)) ;;
    *) wrong=$((wrong + 1)); [ $wrong -gt 3 ] || echo "      $1: $state" ;;
  esac
  if ! build "$tmp/now" >"$tmp/log" 2>&1; then
    unrepaired=$((unrepaired + 1)); [ $unrepaired -gt 3 ] || echo "      $1: the next build: $(tail -n 2 "$tmp/log")"
    return
  fi
  state=$(python "$kit/tree_state.py" --strict "$tmp/$from" "$tmp/2" "$tmp/now")
  [ "$state" = new ] || { unrepaired=$((unrepaired + 1)); [ $unrepaired -gt 3 ] || echo "      $1: after the next build: $state"; }
}
again() { rm -rf "$tmp/now" && cp -a "$tmp/$from" "$tmp/now"; }

# die_at CALL N: the process is killed on entering the Nth CALL of one of its threads
die_at() {
  again
  # `|| true` keeps the shell there: its own report of the death goes where the output goes.
  (cd "$tmp/now"; strace -f -o /dev/null -e trace="$1" -e inject="$1:signal=KILL:when=$2" "$SPECC" build || true) >/dev/null 2>&1
  judge "killed at $1 number $2"
}
# The calls that change a file or a name, in the order of one undisturbed run: "CALL N", N counted for each
# thread and call by itself, as strace does.
calls=openat,write,pwrite64,rename,renameat,renameat2,link,linkat,symlink,symlinkat,unlink,unlinkat,mkdir,mkdirat,rmdir,ftruncate,fsync,fdatasync,close
again
(cd "$tmp/now" && strace -f -o "$tmp/trace" -e trace="$calls" "$SPECC" build) >"$tmp/log" 2>&1 || die "build under strace: $(tail -n 3 "$tmp/log")"
sed -nE 's/^([0-9]+) +([a-z0-9]+)\(.*/\1 \2/p' "$tmp/trace" | awk '{print $2, ++n[$0]}' >"$tmp/calls"
total=$(wc -l <"$tmp/calls")
# Moments spread evenly over all of them, and every thirtieth rename: that is where a tree changes.
{ awk -v step=$((total / moments + 1)) 'NR % step == 1' "$tmp/calls"; grep '^rename' "$tmp/calls" | awk 'NR % 30 == 1'; grep '^rename' "$tmp/calls" | tail -n 1; } >"$tmp/moments"
while read -r call n <&3; do die_at "$call" "$n"; done 3<"$tmp/moments"

# A plain kill -9, at a time spread over what a build takes.
again
start=$(date +%s%N); build "$tmp/now" >/dev/null 2>&1; span=$((($(date +%s%N) - start) / 1000))
for ((i = 1; i <= kills; i++)); do
  if ((i % 4)); then from=old; else from=bare; fi
  again
  (cd "$tmp/now" && exec "$SPECC" build) >/dev/null 2>&1 & pid=$!
  wait_us=$((RANDOM * span / 32767))
  sleep "$((wait_us / 1000000)).$(printf %06d $((wait_us % 1000000)))"
  kill -9 $pid 2>/dev/null || true
  wait $pid 2>/dev/null || true
  judge "killed after $wait_us us"
done
echo "      $trials deaths in a build of $files files: ${seen[old]} left the old tree, ${seen[new]} the new one"
expect "no death left a tree that is neither the old nor the new one" 0 $wrong
expect "after every death the next build gives the new tree and nothing else" 0 $unrepaired
if [ "${seen[old]}" -gt 0 ] && [ "${seen[new]}" -gt 0 ]; then ok "deaths on both sides of the change were seen"; else bad "all deaths were on one side of the change: nothing is proved"; fi
finish
