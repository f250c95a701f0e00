# ---- this machine is the host ----

get_tree() { :; }       # it is checked out already
restore_tree() { note "the files of the working tree stay as they are"; }

main() {
  begin "$@"
  make_secrets
  load_variables
  settings
  work
}
