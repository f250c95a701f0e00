#!/usr/bin/env bash
# All that is claimed of `specc build`, in one run: the program, the workloads, and every case beside docker compose.
# Start-up beside a hello-world, building 10 to 5,000 services, rebuilding what has not changed, dense dependencies.
#   bench/build.sh [run.py's arguments, such as --runs 15]
# docker compose comes from tests/realtools/tools.sh, which must have run. About five minutes on two processors.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cargo build --release --manifest-path "$here/../Cargo.toml"
"$here/setup.sh" 10 16 20 24 100 1000 5000 >/dev/null
home=${BENCH_HOME:-$here/../target/bench}
export PATH=$home/bin:$home/venv/bin:$PATH
exec "$here/run.py" process build deps "$@"
