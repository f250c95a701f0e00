#!/usr/bin/env bash
# Everything there is to prove, from a fresh clone: the Rust tests, then the generated files on the real
# tools. Needs root on Debian 12, the Rust toolchain, and the package registries of Rust, Debian and PyPI.
# The last line is "N passed, N failed"; the exit status is not 0 if anything failed.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
logs=target/test-logs
mkdir -p $logs
passed=0 failed=0
took() { echo "      ($((SECONDS - $1)) s)"; }

# The tools are fetched while the compiler works: one waits for the network, the other for the processor.
start=$SECONDS
(
  tests/realtools/tools.sh &&
    tests/realtools/images.sh postgres:17 redis:7-alpine nginx:alpine traefik:v3.6 adminer app:latest
) >$logs/tools.log 2>&1 &
tools=$!

# Not --release: optimising and linking the test binaries costs three times what compiling all of it unoptimised does.
echo "== cargo test"
begun=$SECONDS
cargo test --locked 2>&1 | tee $logs/cargo-test.log | grep -vE '^\s*(Compiling|Downloaded|Downloading) '
status=${PIPESTATUS[0]}
read -r p f < <(awk '/^test result:/ {p += $4; f += $6} END {print p + 0, f + 0}' $logs/cargo-test.log)
passed=$((passed + p)) failed=$((failed + f))
# A test binary that does not compile or dies has no result line.
if [ "$status" != 0 ] && [ "$f" = 0 ]; then echo "FAIL  cargo test ended with $status"; failed=$((failed + 1)); fi
took $begun

echo "== tools and images"
if wait $tools; then cat $logs/tools.log; else tail -n 30 $logs/tools.log; echo "FAIL  the tools could not be installed"; failed=$((failed + 1)); fi
took $start

# A Kubernetes and the wheel are compiled while the proofs wait for containers. They prove the program of the tests: to
# optimise it as what is shipped takes both processors five minutes, a sixth of what a run may take. A copy of it, since
# maturin puts another into its place: without the features that only dependencies of the tests ask for.
mkdir -p target/proved && cp target/debug/specc target/proved/specc
export SPECC=$PWD/target/proved/specc
nice -n 19 tests/realtools/k8s.sh build >$logs/k8s.log 2>&1 &
kubernetes=$!

# Those of the Rust tests that hold a table or a generator against the real programs did nothing until now.
echo "== cargo test, against the real programs"
begun=$SECONDS
SPECC_REALTOOLS=${REALTOOLS:-$PWD/target/realtools} cargo test --locked --test it -- \
  compose_merge compose_real dotenv interpolation settings stack_real yaml_out 2>&1 |
  tee $logs/cargo-test-real.log | grep -vE '^\s*(Compiling|Finished|Running) '
status=${PIPESTATUS[0]}
read -r p f < <(awk '/^test result:/ {p += $4; f += $6} END {print p + 0, f + 0}' $logs/cargo-test-real.log)
passed=$((passed + p)) failed=$((failed + f))
if [ "$status" != 0 ] && [ "$f" = 0 ]; then echo "FAIL  cargo test ended with $status"; failed=$((failed + 1)); fi
took $begun
rm -rf target/proved/wheel
PATH=${REALTOOLS:-$PWD/target/realtools}/packaging/bin:$PATH \
  nice -n 19 maturin build --profile dev --out target/proved/wheel >$logs/maturin.log 2>&1 &
wheel=$!

proofs() { # proofs [PROOF]..: run them, and count
  tests/realtools/all.sh "$@" | tee -a $logs/realtools.log
  if [[ $(tail -n 1 $logs/realtools.log) =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
    passed=$((passed + BASH_REMATCH[1])) failed=$((failed + BASH_REMATCH[2]))
  else
    failed=$((failed + 1))
  fi
}
rm -f $logs/realtools.log
compiled() { # compiled NAME PROCESS: until it is there
  local begun=$SECONDS
  echo "== $1 is compiled"
  wait "$2" || { tail -n 30 "$logs/$1.log"; echo "FAIL  $1"; failed=$((failed + 1)); }
  took $begun
}
late=(prove/wheel prove/manifests prove/kubernetes_rules prove/kubernetes)
WITHOUT="${late[*]}" proofs
compiled maturin $wheel
compiled k8s $kubernetes
WHEEL=$(echo target/proved/wheel/*.whl) proofs "${late[@]}"

echo "== bench, smoke run"
begun=$SECONDS
if bench/smoke.sh >$logs/bench.log 2>&1; then
  echo "ok    the benchmarks run"; passed=$((passed + 1))
else
  tail -n 15 $logs/bench.log; echo "FAIL  the benchmarks do not run"; failed=$((failed + 1))
fi
took $begun

echo "all of it took $((SECONDS / 60)) min $((SECONDS % 60)) s"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
