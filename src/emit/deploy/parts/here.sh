main() {
  begin "$@"
#if secrets
  make_secrets
#end
  load_variables
  settings
  work
}
