# each_host: there is one.
each_host() {
#if optional
  if [ -z "${host#*@}" ]; then note "no host is set, so there is nothing to do"; return; fi
#else
  [ -n "${host#*@}" ] || die "no host is set"
#end
  deploy_to
}
