#!/usr/bin/env bash
# Every proof on the real tools, one after the other (they share ports) but for those that mostly wait; the last
# line is "N passed, N failed", and the exit status is not 0 if anything failed or could not be tried.
#
#   all.sh [PROOF]..    only some, by path: prove/compose self/nginx "prove/systems yapit"; `+` between two that
#                       have ports and names of their own runs them at the same time
#   FULL=1 all.sh       also what takes longer than CI has
#   WITHOUT="PROOF.." all.sh    all but these
#
# tools.sh must have run. Set SPECC to prove another binary than target/release/specc.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1
# The harness first (a proof on tools that accept anything proves nothing), then the generated files.
proofs=("$@")
[ $# -gt 0 ] || proofs=(self/validators self/images self/traefik self/nginx self/swarm self/ssh
                        prove/determinism prove/kill prove/compose prove/traefik prove/nginx prove/requests prove/values prove/up prove/swarm prove/stack prove/scripts prove/deploy+prove/bluegreen
                        prove/backup prove/secrets
                        prove/wheel prove/ci prove/manifests prove/kubernetes_rules prove/kubernetes)
# Whole systems deployed by their scripts take a quarter of an hour more than CI has.
[ $# -gt 0 ] || [ -z "${FULL:-}" ] || proofs+=("prove/systems yapit" "prove/systems semantik" "prove/systems course-supporter" "prove/systems oh-my-coins" "prove/systems vyvo-compute")
passed=0 failed=0 logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
# Each proof ends by itself; the limit is for a tool that hangs.
run() { # run PROOF: its output, then how long it took
  local name example script begun=$SECONDS status=0
  read -r name example <<<"$1"
  script=$name.sh; [ -f "$script" ] || script=$name/run.sh
  timeout -k 20 900 bash "$script" ${example:+"$example"} 2>&1 || status=$?
  echo "      ($((SECONDS - begun)) s)"
  return $status
}
count() { # count PROOF STATUS LOG
  if [[ $(tail -n 2 "$3" | head -n 1) =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
    passed=$((passed + BASH_REMATCH[1])) failed=$((failed + BASH_REMATCH[2]))
    [ "$2" = 0 ] || [ "${BASH_REMATCH[2]}" -gt 0 ] || failed=$((failed + 1))
  else
    echo "FAIL  $1 did not finish (exit $2)"
    failed=$((failed + 1))
  fi
}
for group in "${proofs[@]}"; do
  [[ " ${WITHOUT:-} " != *" $group "* ]] || continue
  IFS=+ read -ra together <<<"$group"
  # What comes first is seen as it comes, the others when it is done.
  running=()
  for i in "${!together[@]}"; do
    [ "$i" = 0 ] || { run "${together[i]}" >"$logs/$i" & running[i]=$!; }
  done
  for i in "${!together[@]}"; do
    echo "== ${together[i]}"
    status=0
    if [ "$i" = 0 ]; then run "${together[i]}" | tee "$logs/$i"; status=${PIPESTATUS[0]}
    else wait "${running[i]}" || status=$?; cat "$logs/$i"; fi
    count "${together[i]}" "$status" "$logs/$i"
  done
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
