#!/usr/bin/env bash
# The wheel carries the binary: built by maturin, installed into a fresh environment, run by pip's script and by uvx, by
# the hooks of packaging/pre-commit (pre-commit and prek), and by the steps of action.yml.
. "$(dirname "$0")/../lib.sh"
export PATH=$REALTOOLS/packaging/bin:$PATH PIP_DISABLE_PIP_VERSION_CHECK=1
command -v maturin >/dev/null || die "maturin is not installed: run tools.sh"
p() { passes "$@" || true; }
fails() { local what=$1; shift; if "$@" >/dev/null 2>&1; then bad "$what: it passed"; else ok "$what"; fi; }

# WHEEL is one that was built before. Else it is optimised, of what `cargo build --release` has compiled already.
dist=$tmp/dist
if [ -n "${WHEEL:-}" ]; then
  mkdir -p "$dist" && (cd "$root" && cp "$WHEEL" "$dist")
else
  (cd "$root" && maturin build --release --out "$dist") >"$tmp/maturin.log" 2>&1 ||
    die "maturin build: $(tail -n 3 "$tmp/maturin.log")"
  expect "nothing was compiled for it" "" "$(grep -o 'Compiling [a-z_-]*' "$tmp/maturin.log" || true)"
fi
wheel=$(ls "$dist"/specc-*.whl)
p "the wheel says which systems it runs on: ${wheel##*/}" grep -q 'py3-none-manylinux' <<<"$wheel"
expect "the wheel holds one program and nothing else to run" "specc" \
  "$(python3 -m zipfile -l "$wheel" | awk '/scripts\//{print $1}' | sed 's#.*/##')"

# A repository with one mistake, and the same without.
repository() { # repository DIR
  mkdir -p "$1" && cd "$1" || return
  git init -q -b main . && git config user.email t@example.org && git config user.name t && git config commit.gpgsign false
  printf 'services:\n  a:\n    image: x:1\n    volumes: ["./app.json:/app.json:ro"]\n' >compose.yml
  echo '{}' >app.json
  git add . && git commit -q -m 1
}
repository "$tmp/good"

# Without an index of packages, and without compiler: only what was built here can be what runs.
backend=$REALTOOLS/packaging/wheels   # setuptools, for the hooks' own project
export PIP_NO_INDEX=1 PIP_FIND_LINKS="$dist $backend" UV_OFFLINE=1 UV_NO_INDEX=1 UV_FIND_LINKS="$dist,$backend" UV_CACHE_DIR=$tmp/uv
p "pip installs it into a fresh environment" python3 -m venv "$tmp/venv"
p "from the file alone" "$tmp/venv/bin/pip" install -q "$wheel"
expect "it is the program" "$("$SPECC" --version)" "$("$tmp/venv/bin/specc" --version)"
cd "$tmp/good" || exit 1
p "and checks" env PATH="$tmp/venv/bin:$PATH" specc check -q
p "uvx runs it from the file" uvx -q --from "$wheel" specc check -q
git rm -q --cached app.json
fails "and finds what a commit would break" uvx -q --from "$wheel" specc check --staged
git reset -q

# The action's steps, as a runner would run them.
step() { python3 - "$root/action.yml" "$1" <<'PY'
import sys, yaml
steps = yaml.safe_load(open(sys.argv[1]))["runs"]["steps"]
print(next(s["run"] for s in steps if s["name"] == sys.argv[2]))
PY
}
for name in Install Check Result; do step $name >"$tmp/$name.sh"; done
runner() { # runner DIR [VARIABLE=value].. STEP: run one step
  local dir=$1; shift
  (cd "$dir" && env RUNNER_TEMP="$tmp/runner" GITHUB_PATH="$tmp/runner/path" GITHUB_OUTPUT="$tmp/runner/output" \
    GITHUB_STEP_SUMMARY="$tmp/runner/summary" PATH="$(cat "$tmp/runner/path" 2>/dev/null):$PATH" \
    "${@:1:$#-1}" bash --noprofile --norc -eo pipefail "$tmp/${!#}.sh")
}
mkdir -p "$tmp/runner"
version=$("$SPECC" --version | awk '{print $2}')
p "action: installs the version it names" runner "$tmp/good" VERSION="$version" Install
expect "action: and that is the default" "$version" \
  "$(python3 -c 'import sys,yaml; print(yaml.safe_load(open(sys.argv[1]))["inputs"]["version"]["default"])' "$root/action.yml")"
p "action: checks a good repository" runner "$tmp/good" Check
expect "action: and says so" "exit-code=0" "$(grep exit-code "$tmp/runner/output")"
cp -r "$tmp/good" "$tmp/bad" && rm "$tmp/bad/app.json" && : >"$tmp/runner/output" && : >"$tmp/runner/summary"
out=$(runner "$tmp/bad" ARGUMENTS="--select MNT,REF" PATHS="compose.yml" Check) || true
expect "action: annotates a bad one" 1 "$(grep -c '^::error file=compose.yml,line=4' <<<"$out")"
expect "action: in the summary too" 1 "$(grep -c '^compose.yml:4:' "$tmp/runner/summary")"
sarif=$(sed -n 's/^sarif-file=//p' "$tmp/runner/output")
expect "action: and as SARIF" MNT001 "$(python3 -c 'import json,sys; print(json.load(open(sys.argv[1]))["runs"][0]["results"][0]["ruleId"])' "$sarif")"
fails "action: the job fails" runner "$tmp/bad" CODE="$(sed -n 's/^exit-code=//p' "$tmp/runner/output")" Result
# shellcheck disable=SC2016
runner "$tmp/bad" ARGUMENTS='$(touch pwned) ; touch pwned' Check >/dev/null 2>&1 || true
expect "action: inputs are words, not shell" "" "$(find "$tmp/bad" -name 'pwned*')"

# The hooks, from local clones.
clone() { # clone NAME DIR: a repository of hooks with the tag v0
  mkdir -p "$tmp/$1" && cp -r "$2/." "$tmp/$1/" && cd "$tmp/$1" || return
  git init -q . && git add -A && git -c user.email=t@example.org -c user.name=t -c commit.gpgsign=false commit -q -m hooks && git tag v0
}
clone hooks "$root/packaging/pre-commit"
mkdir "$tmp/manifest" && cp "$root/.pre-commit-hooks.yaml" "$tmp/manifest/" && clone system "$tmp/manifest"
for tool in pre-commit prek; do
  command -v "$tool" >/dev/null || { bad "$tool is not installed"; continue; }
  export PRE_COMMIT_HOME=$tmp/home-$tool PREK_HOME=$tmp/home-$tool
  for kind in hooks system; do
    suffix=''; [ $kind = hooks ] || suffix=-system
    d=$tmp/$tool-$kind; repository "$d"
    cat >.pre-commit-config.yaml <<YAML
repos:
  - repo: file://$tmp/$kind
    rev: v0
    hooks: [{id: specc-check$suffix}, {id: specc-check-all$suffix, stages: [manual]}]
YAML
    [ $kind = hooks ] || export PATH=${SPECC%/*}:$PATH
    git add .pre-commit-config.yaml
    p "$tool, $kind: a good commit passes" $tool run
    git rm -q --cached app.json
    status=0; out=$($tool run 2>&1) || status=$?
    expect "$tool, $kind: a staged deletion that breaks a mount is caught" "1 named" \
      "$status $(grep -q 'app.json' <<<"$out" && echo named)"
    git reset -q && git add .pre-commit-config.yaml
    sed -i 's/app.json:ro/other.json:ro/; s#./app.json#./gone.json#' compose.yml
    p "$tool, $kind: a mistake that is not staged is not the commit's" $tool run
    git add compose.yml && sed -i 's#./gone.json#./app.json#' compose.yml
    fails "$tool, $kind: one that is staged is, though the disk is mended" $tool run
    git add compose.yml && git commit -q -m 2 --no-verify
    p "$tool, $kind: everything, with nothing staged" $tool run --hook-stage manual --all-files
    git rm -q app.json && git commit -q -m 3 --no-verify
    fails "$tool, $kind: and fails when everything is wrong" $tool run --hook-stage manual --all-files
  done
  p "$tool: the hooks are well-formed" $tool validate-manifest "$root/.pre-commit-hooks.yaml" "$root/packaging/pre-commit/.pre-commit-hooks.yaml"
done
finish
