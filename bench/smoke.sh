#!/usr/bin/env bash
# The benchmarks still run: the smallest size of each group, two rounds, and every case must do its work.
# Says nothing about speed.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
home=${BENCH_HOME:-$here/../target/bench}
"$here/setup.sh" 10 16 100 1000 >/dev/null
# SPECC is another program than target/release/specc, for these runs only.
export PATH=${SPECC:+${SPECC%/*}:}$home/bin:$home/venv/bin:$PATH
"$here/run.py" --strict --runs 2 --sizes 1 process
"$here/run.py" --strict --runs 2 --sizes 10 build env k8s-build
"$here/run.py" --strict --runs 2 --sizes 16 deps
"$here/run.py" --strict --runs 2 --sizes 100 settings
"$here/run.py" --strict --runs 2 --sizes 1000 scan hook
"$here/scan_truth.py" "$home/data/repo-1000"
