#!/usr/bin/env bash
# kill -9 at any moment of a build that changes some 300 files: the tree is entirely the old one or entirely
# the new one, never a file cut short, and the next build repairs whatever was left behind.
#
# Two ways to die: strace kills the process at its Nth system call that touches a file, for moments spread
# over the whole run; and a plain kill -9 after a random time.   KILLS=200 kill.sh   for more of the second.
. "$(dirname "$0")/../lib.sh"
[ -x "$SPECC" ] || die "no specc at $SPECC: run cargo build --release"
command -v strace >/dev/null || die "strace is not installed"
environments=100 kills=${KILLS:-40} moments=${MOMENTS:-60}
build() { (cd "$1" && "$SPECC" build); }

# The two trees, each built in peace.
for release in 1 2; do
  mkdir "$tmp/$release"
  python "$kit/many_files.py" $release $environments >"$tmp/$release/specc.yaml"
  build "$tmp/$release" >"$tmp/log" 2>&1 || die "build: $(tail -n 3 "$tmp/log")"
done
files=$(find "$tmp/1" -type f | wc -l)
[ "$files" -ge 300 ] || bad "only $files files: too small a tree"
# What the start of each trial looks like: the old tree with the new spec.
cp -a "$tmp/1" "$tmp/old" && cp "$tmp/2/specc.yaml" "$tmp/old/specc.yaml"

declare -A seen=([old]=0 [new]=0)
wrong=0 unrepaired=0 trials=0
# judge WHAT: look at $tmp/now after a death
judge() {
  local state
  trials=$((trials + 1))
  state=$(python "$kit/tree_state.py" "$tmp/old" "$tmp/2" "$tmp/now")
  case $state in
    old | new) seen[$state]=$((seen[$state] + 1)) ;;
    *) wrong=$((wrong + 1)); [ $wrong -gt 3 ] || echo "      $1: $state" ;;
  esac
  if ! build "$tmp/now" >"$tmp/log" 2>&1; then
    unrepaired=$((unrepaired + 1)); [ $unrepaired -gt 3 ] || echo "      $1: the next build: $(tail -n 2 "$tmp/log")"
    return
  fi
  state=$(python "$kit/tree_state.py" --strict "$tmp/old" "$tmp/2" "$tmp/now")
  [ "$state" = new ] || { unrepaired=$((unrepaired + 1)); [ $unrepaired -gt 3 ] || echo "      $1: after the next build: $state"; }
}
again() { rm -rf "$tmp/now" && cp -a "$tmp/old" "$tmp/now"; }

# The calls that change a file or make a name; counted in one undisturbed run, for each thread by itself.
calls=openat,write,pwrite64,rename,renameat,renameat2,link,linkat,unlink,unlinkat,mkdir,mkdirat,rmdir,ftruncate,fsync,fdatasync,close
again
(cd "$tmp/now" && strace -f -o "$tmp/trace" -e trace="$calls" "$SPECC" build) >"$tmp/log" 2>&1 || die "build under strace: $(tail -n 3 "$tmp/log")"
total=$(awk '{n[$1]++} END {for (p in n) if (n[p] > m) m = n[p]; print m}' "$tmp/trace")
for ((i = 1; i <= moments; i++)); do
  # strace counts each call of the set by its own name: one of them reaches N first, all are spread alike.
  n=$((1 + i * (total - 1) / moments))
  again
  (cd "$tmp/now" && strace -f -o /dev/null -e trace="$calls" -e inject="$calls:signal=KILL:when=$n" "$SPECC" build) >/dev/null 2>&1 || true
  judge "killed at call $n"
done
for call in rename renameat renameat2; do
  total=$(grep -c " $call(" "$tmp/trace" || true)
  for n in 1 2 $((total / 2)) $((total - 1)) "$total"; do
    [ "$n" -ge 1 ] || continue
    again
    (cd "$tmp/now" && strace -f -o /dev/null -e trace="$call" -e inject="$call:signal=KILL:when=$n" "$SPECC" build) >/dev/null 2>&1 || true
    judge "killed at $call $n of $total"
  done
done

# A plain kill -9, at a time spread over what a build takes.
again
start=$(date +%s%N); build "$tmp/now" >/dev/null 2>&1; span=$((($(date +%s%N) - start) / 1000))
for ((i = 1; i <= kills; i++)); do
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
