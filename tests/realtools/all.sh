#!/usr/bin/env bash
# Every proof on the real tools, one after the other (they share ports); the last line is
# "N passed, N failed", and the exit status is not 0 if anything failed or could not be tried.
#
#   all.sh [PROOF]..    only some, by path: prove/compose self/nginx "prove/systems yapit"
#   FULL=1 all.sh       also what takes longer than CI has
#   WITHOUT="PROOF.." all.sh    all but these
#
# tools.sh must have run. Set SPECC to prove another binary than target/release/specc.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1
# The harness first (a proof on tools that accept anything proves nothing), then the generated files.
proofs=("$@")
[ $# -gt 0 ] || proofs=(self/validators self/images self/traefik self/nginx self/swarm self/ssh
                        prove/determinism prove/kill prove/compose prove/traefik prove/nginx prove/requests prove/values prove/up prove/swarm prove/stack prove/scripts prove/deploy prove/bluegreen
                        prove/backup prove/secrets
                        prove/wheel prove/ci prove/manifests prove/kubernetes_rules prove/kubernetes)
# Whole systems deployed by their scripts take a quarter of an hour more than CI has.
[ $# -gt 0 ] || [ -z "${FULL:-}" ] || proofs+=("prove/systems yapit" "prove/systems semantik" "prove/systems course-supporter" "prove/systems oh-my-coins" "prove/systems vyvo-compute")
passed=0 failed=0 log=$(mktemp)
trap 'rm -f "$log"' EXIT
for proof in "${proofs[@]}"; do
  [[ " ${WITHOUT:-} " != *" $proof "* ]] || continue
  read -r name example <<<"$proof"
  script=$name.sh; [ -f "$script" ] || script=$name/run.sh
  echo "== $proof"
  start=$SECONDS
  # Each proof ends by itself; the limit is for a tool that hangs.
  timeout -k 20 900 bash "$script" ${example:+"$example"} 2>&1 | tee "$log"
  status=${PIPESTATUS[0]}
  if [[ $(tail -n 1 "$log") =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
    passed=$((passed + BASH_REMATCH[1])) failed=$((failed + BASH_REMATCH[2]))
    [ "$status" = 0 ] || [ "${BASH_REMATCH[2]}" -gt 0 ] || failed=$((failed + 1))
  else
    echo "FAIL  $proof did not finish (exit $status)"
    failed=$((failed + 1))
  fi
  echo "      ($((SECONDS - start)) s)"
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
