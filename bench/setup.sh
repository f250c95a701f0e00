#!/usr/bin/env bash
# Install the peers that specc is measured beside, and make the workloads, all under target/bench.
#
#   setup.sh          the peers and every size (about 1.2 GB: the repository of 100,000 files is most of it)
#   setup.sh N..      only workloads of these sizes, where a group has them, and no ripgrep
#
# docker compose comes from tests/realtools/tools.sh, which must have run; ripgrep and ruff from PyPI.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/.." && pwd)
home=${BENCH_HOME:-$root/target/bench}
tools=${REALTOOLS:-$root/target/realtools}
bin=$home/bin data=$home/data
mkdir -p "$bin" "$data"

[ -x "$tools/bin/docker-compose" ] || { echo "setup.sh: run tests/realtools/tools.sh first" >&2; exit 1; }
[ -x "$home/venv/bin/python" ] || python3 -m venv "$home/venv"
[ -x "$home/venv/bin/ruff" ] || "$home/venv/bin/pip" -q install ruff==0.17.5 pyyaml
# ripgrep is compiled, which takes a minute: not for a smoke run.
[ $# -gt 0 ] || [ -x "$home/venv/bin/rg" ] || "$home/venv/bin/pip" -q install ripgrep==15.1.0
ln -sfn "$tools/bin/docker-compose" "$bin/docker-compose"
ln -sfn "$tools/venv/bin/kubernetes-validate" "$bin/kubernetes-validate"
ln -sfn "$root/target/release/specc" "$bin/specc"
# dotenv-linter and Nickel are compiled (six minutes of one processor), cdk8s is a package of npm. Not for a smoke run.
if [ $# -eq 0 ]; then
  [ -x "$home/dotenv-linter/bin/dotenv-linter" ] || cargo install --quiet --locked --root "$home/dotenv-linter" dotenv-linter@4.0.0
  ln -sfn "$home/dotenv-linter/bin/dotenv-linter" "$bin/dotenv-linter"
  [ -x "$home/nickel/bin/nickel" ] || cargo install --quiet --locked --root "$home/nickel" nickel-lang-cli@1.18.0 --no-default-features --features format
  ln -sfn "$home/nickel/bin/nickel" "$bin/nickel"
  [ -d "$home/npm/node_modules/cdk8s" ] || npm install --silent --prefix "$home/npm" cdk8s@2.70.106 constructs
  printf '#!/bin/sh\nNODE_PATH=%s exec node "$@"\n' "$home/npm/node_modules" >"$bin/cdk8s-node"
  chmod +x "$bin/cdk8s-node"
fi
[ -x "$bin/hello" ] || rustc -C opt-level=3 -C strip=symbols -o "$bin/hello" "$here/hello.rs"

# wanted N: the sizes to make; all without arguments
sizes=" $* "
wanted() { [ "$sizes" = "  " ] || case $sizes in *" $1 "*) ;; *) return 1 ;; esac; }
gen() { # gen NAME DIR ARG..: made once; a changed generator makes it again
  local name=$1 out=$data/$2 key; shift 2
  key=$(cat "$here"/gen/*.py <(echo "$@") | sha256sum)
  [ "$(cat "$out.key" 2>/dev/null)" != "$key" ] || return 0
  rm -rf "$out" && python3 "$here/gen/$name.py" "$@" --out "$out" && echo "$key" >"$out.key"
}
for n in 10 100 1000 5000; do
  wanted $n || continue
  gen gen_compose compose-$n --services $n
  gen gen_spec spec-$n --services $n
  gen gen_spec spec-built-$n --services $n
  # compose asks for the same settings, whoever wrote the files.
  cp "$data/compose-$n/.env" "$data/spec-built-$n/.env"
done
for n in 16 20 24 1000 5000; do
  wanted $n || continue
  gen gen_compose dense-$n --services $n --dense-deps
  gen gen_spec dense-spec-$n --services $n --dense-deps
done
# A repository of its own: else specc would read the one around it, which ignores this folder.
for n in 10 100 1000; do
  wanted $n && gen gen_k8s k8s-$n --services $n && git init -q "$data/k8s-$n/manifests"
done
for n in 10 100 1000; do wanted $n && gen gen_k8s_build k8s-build-$n --services $n; done
for n in 10 100 1000 10000; do wanted $n && gen gen_env env-$n --vars $n; done
for n in 100 1000 10000; do wanted $n && gen gen_settings settings-$n --fields $n; done
for n in 1000 10000 100000; do wanted $n && gen gen_repo repo-$n --files $n --git; done
echo "export PATH=$bin:$home/venv/bin:\$PATH    # then: bench/run.py [GROUP]..."
