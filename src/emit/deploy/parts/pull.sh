# ---- the host gets the files with git ----

# get_tree: exactly the commit that is checked out where this was started.
get_tree() {
  local fetched
  if [ "$dry_run" = yes ]; then note "would check out $commit of $branch"; return; fi
  git rev-parse --git-dir >/dev/null 2>&1 || die "$dir is no clone of the repository: git clone it there first"
  [ -z "$(git status --porcelain --untracked-files=no)" ] || die "files of the repository were changed on the host; git -C $dir status tells which"
  git fetch --quiet origin "$branch"
  fetched=$(git rev-parse FETCH_HEAD)
  if [ "$commit" = unknown ]; then commit=$fetched; fi
  git merge-base --is-ancestor "$commit" "$fetched" 2>/dev/null || die "$commit is not on $branch of origin: push it first"
  git -c advice.detachedHead=false checkout --quiet --detach "$commit"
  note "$(git log -1 --format='%h %s')"
}

#if rollback
# restore_tree: the commit of the last deployment that worked.
restore_tree() {
  [ -f .deploy/good/state ] || return 0
  # shellcheck source=/dev/null
  . .deploy/good/state
  git -c advice.detachedHead=false checkout --quiet --detach "$good_commit"
}

#end
deploy_to() {
  step "on $host:$dir"
  on_host
}

main() {
  if [ "${1-}" = --on-host ]; then work; exit; fi
  begin "$@"
  needs_tools ssh git
  if [ "$commit" != unknown ]; then commit=$(git rev-parse HEAD); fi
  way
  each_host
#if followed
  follow
#end
}
