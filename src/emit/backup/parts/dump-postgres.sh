# dump_postgres SERVICE: its roles, and each of its databases
dump_postgres() {
  local postgres database
  postgres=$(container "$1")
  ask_postgres template1 pg_dumpall --roles-only </dev/null >"$part/$1.roles.sql"
  ask_postgres template1 psql -XAtc 'SELECT datname FROM pg_database WHERE datallowconn AND NOT datistemplate' </dev/null >"$part/.databases"
  while IFS= read -r database; do
    case $database in */*) die "no file can be called like the database $database of $1" ;; esac
    # Through cat, which notices when the disk is full.
    ask_postgres "$database" pg_dump --format=custom </dev/null | cat >"$part/$1.$database.dump"
  done <"$part/.databases"
}
