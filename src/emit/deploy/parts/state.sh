#if remote
# On the host, lines before this script have told what was found out where it was started.
if [ "${1-}" != --on-host ]; then
  dry_run=no commit=unknown deployer='' dir=.
  lock_timeout=${DEPLOY_LOCK_TIMEOUT:-5}   # seconds to wait for another deployment
#if push
  incoming='' expected=()
#end
#if several
  only=()
#end
fi
read -ra ssh_options <<<"${DEPLOY_SSH_OPTIONS:-}"
#else
dry_run=no commit=unknown deployer=''
lock_timeout=${DEPLOY_LOCK_TIMEOUT:-5}   # seconds to wait for another deployment
#end
allow_dirty=no stage='' reason=''
#if ntfy
ntfy=''
#end
#if webhook
webhook=''
#end
#if rollback
good_commit='' good_services=()
#end
#if good_files
good_files=()
#end
#if !swarm
up_options=()
#end
#if given_or_used
declare -A given
#end
