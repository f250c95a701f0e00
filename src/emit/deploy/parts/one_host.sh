# each_host: there is one.
each_host() {
  if [ "${host#*@}" = '' ]; then no_host; return; fi
  deploy_to
}
