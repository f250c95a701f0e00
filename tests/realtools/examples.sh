# Sourced after lib.sh by the proofs that run on generated files: the examples, their environments, and
# scratch copies with env files a user would have filled in.
# shellcheck shell=bash disable=SC2154,SC2034
[ -x "$SPECC" ] || die "no specc at $SPECC: run cargo build --release"

# examples: names of all examples; there must be some
examples() {
  local dir
  for dir in "$EXAMPLES"/*/; do
    # A part that others include has no environments of its own, but also no spec of that name.
    if [ -f "$dir/specc.yaml" ] || [ -f "$dir/specc.toml" ] || [ -f "$dir/specc.json" ]; then basename "$dir"; fi
  done
}
[ -n "$(examples)" ] || die "no examples in $EXAMPLES"

# stage EXAMPLE [DIR]: a scratch copy of the repository files and the generated files; sets $stage
stage() {
  stage=${2:-$tmp/$1}
  rm -rf "$stage" && mkdir -p "$stage"
  cp -a "$EXAMPLES/$1/." "$stage/"
  [ -d "$GOLDEN/$1" ] || { bad "$1: there is no golden tree"; return 1; }
  cp -a "$GOLDEN/$1/." "$stage/"
}

# list_environments EXAMPLE: one line an environment, fields split by '|', values within one by ' ':
# name|target|layer|files in -f order|env files|project
list_environments() {
  (cd "$EXAMPLES/$1" && "$SPECC" build --list --format json) | python "$kit/environments.py"
}

# choose EXAMPLE TARGET: the lines of list_environments for one target, into $chosen
choose() {
  local all
  if ! all=$(list_environments "$1" 2>&1); then bad "$1: specc build --list fails: $(tail -n 2 <<<"$all")"; chosen=; return; fi
  chosen=$(awk -F'|' -v t="$2" '$2 == t' <<<"$all")
}

# fill_env EXAMPLE: make the env files that a user makes from the generated templates, in $stage
fill_env() { (cd "$stage" && "$SPECC" build --list --format json) | python "$kit/fill_env.py" "$stage" "$kit/cases/$1/values.env"; }

# compose_of FILES ENV_FILES: the arguments of docker compose for one environment, into $compose
compose_of() {
  local f
  # A clean environment: what is set in the shell would win over the env files.
  compose=(env -i "PATH=$PATH" "HOME=$HOME" docker compose)
  for f in $1; do compose+=(-f "$f"); done
  for f in $2; do compose+=(--env-file "$f"); done
}

# exported FILES CMD..: run CMD with the values of env files exported: docker stack reads no .env by itself
exported() {
  local files=$1; shift
  # shellcheck disable=SC1090
  (set -a; for f in $files; do . "./$f"; done; set +a; exec "$@")
}

# stack_config FILES ENV_FILES: what docker stack makes of an environment, in $tmp/config.yml and .json; what
# it complains of is in $tmp/err
stack_config() {
  local args=() f
  for f in $1; do args+=(-c "$f"); done
  exported "$2" timeout 30 docker stack config "${args[@]}" >"$tmp/config.yml" 2>"$tmp/err" || return 1
  python -c 'import json,sys,yaml; json.dump(yaml.safe_load(sys.stdin), sys.stdout)' <"$tmp/config.yml" >"$tmp/config.json"
}

made=()
# external KIND: names of the external networks, secrets or configs of a stack (JSON of it on stdin)
external() { json "' '.join(sorted((v.get('name') or k) for k, v in (d.get('$1') or {}).items() if v and v.get('external')))"; }
# create_external: what the stack says is someone else's, as far as it is missing
create_external() {
  local kind n
  for kind in network secret config; do
    for n in $(external ${kind}s <"$tmp/config.json"); do
      if docker $kind inspect "$n" >/dev/null 2>&1; then continue; fi
      if [ $kind = network ]; then docker network create -d overlay --attachable "$n"; else echo dummy | docker $kind create "$n" -; fi
      made+=("$kind $n")
    done >/dev/null
  done
}
remove_external() {
  local one
  # shellcheck disable=SC2086
  for one in "${made[@]}"; do docker ${one% *} rm "${one#* }" >/dev/null; done
  made=()
}
