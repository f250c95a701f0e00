# ---- on this machine ----

usage() {
  cat <<USAGE
usage: $(basename "$0") [--dry-run] [--allow-dirty]
  --dry-run      say what would be done, and change nothing
  --allow-dirty  deploy although there are changes that are not committed
USAGE
}

arguments() {
  local argument
  for argument; do
    case $argument in
      --dry-run) dry_run=yes ;;
      --allow-dirty) allow_dirty=yes ;;
      -h | --help) usage; exit ;;
      *) usage >&2; exit 2 ;;
    esac
  done
}

# check_tree: what is deployed is what is committed.
check_tree() {
  if ! git rev-parse --git-dir >/dev/null 2>&1; then return; fi
  commit=$(git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)
  if [ -n "$(git status --porcelain --untracked-files=no 2>/dev/null)" ]; then
    [ "$allow_dirty" = yes ] || [ "$dry_run" = yes ] || die "there are changes that are not committed; commit them, or say --allow-dirty"
    commit+=-dirty
  fi
}

#if given
# remember_given: the variables that the caller of this script has set; env files do not override them. Those that only
# bash itself has set, such as HOSTNAME, are not the caller's.
remember_given() {
  local name
  for name in "${parameters[@]}"; do
    if printenv "$name" >/dev/null && [ -n "${!name}" ]; then given[$name]=${!name}; fi
  done
#if git_commit
  # Whoever asks which commit runs gets the one that is deployed.
  given[GIT_COMMIT]=${given[GIT_COMMIT]:-$commit}
#end
}

#end
begin() {
  [ "${BASH_VERSINFO[0]}" -ge 5 ] || [ "${BASH_VERSINFO[0]}.${BASH_VERSINFO[1]}" = 4.4 ] || die "this needs bash 4.4 or newer, not $BASH_VERSION"
  arguments "$@"
  cd -- "$(dirname -- "${BASH_SOURCE[0]}")/$root"
  deployer=$(id -un)@$(uname -n)
  step "preflight"
  check_tree
#if given
  remember_given
#end
}
#if secrets

make_secrets() {
  if [ "$dry_run" = yes ]; then note "would run: $secrets"; return; fi
  bash -euo pipefail -c "$secrets" || die "the secrets could not be made: $secrets"
}
#end
#if followed

# follow: other environments whose deployment comes after this one.
follow() {
  local script options=()
  if [ "$dry_run" = yes ]; then options+=(--dry-run); fi
  if [ "$allow_dirty" = yes ]; then options+=(--allow-dirty); fi
#if next
  for script in "${next[@]}"; do bash "$script" "${options[@]}"; done
#end
#if next_try
  for script in "${next_try[@]}"; do
    bash "$script" "${options[@]}" || note "$script has failed; $environment runs all the same"
  done
#end
}
#end
