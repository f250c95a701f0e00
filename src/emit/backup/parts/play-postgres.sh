#if timescale
# play_postgres SERVICE [timescaledb]: each database is filled beside the one that is there, and takes its place when it is
# whole. TimescaleDB has to know meanwhile that a copy is played back, or its own tables take no rows.
#else
# play_postgres SERVICE: each database is filled beside the one that is there, and takes its place when it is whole.
#end
play_postgres() {
#if timescale
  local postgres file database hypertables
#else
  local postgres file database
#end
  postgres=$(container "$1")
  # Roles that are there keep what they have, their passwords above all.
  ask_postgres template1 psql -XAtc 'SELECT quote_ident(rolname) FROM pg_roles' </dev/null |
    awk 'NR == FNR { there[$0]; next }
      match($0, /^(CREATE|ALTER) ROLE ("([^"]|"")*"|[^ ;]+)/) { role = substr($0, RSTART, RLENGTH); sub(/^[A-Z]+ ROLE /, "", role); if (role in there) next }
      { print }' - "$from/$1.roles.sql" | ask_postgres template1 psql -Xq --set=ON_ERROR_STOP=1 >/dev/null
  for file in "$from/$1".*.dump; do
    database=${file##*/"$1."} database=${database%.dump}
    # What belongs to the database itself: its encoding, owner, settings, grants.
    ask_postgres template1 pg_restore --create --schema-only --file=- <"$file" |
      awk '/^-- Name: .*; Type: / { own = /; Type: DATABASE/ || /^-- Name: DATABASE .*; Type: (ACL|COMMENT);/ } own && !/^(\\|--|SET |SELECT pg_catalog)/' >"$work"
    {
      printf 'DROP DATABASE IF EXISTS specc_restored;\n'
      sed -n 's/^CREATE DATABASE .* WITH TEMPLATE/CREATE DATABASE specc_restored WITH TEMPLATE/p' "$work"
    } | ask_postgres template1 psql -Xq --set=ON_ERROR_STOP=1 >/dev/null
#if timescale
    hypertables=no
    if [ "${2-}" = timescaledb ] && ask_postgres template1 pg_restore --list <"$file" | grep ' EXTENSION - timescaledb *$' >/dev/null; then
      hypertables=yes
      ask_postgres specc_restored psql -Xq --set=ON_ERROR_STOP=1 --command='CREATE EXTENSION IF NOT EXISTS timescaledb' \
        --command='SELECT timescaledb_pre_restore()' </dev/null >/dev/null
    fi
#end
    ask_postgres specc_restored pg_restore --exit-on-error --dbname=specc_restored <"$file"
    {
      printf '%s\n' "SELECT format('ALTER DATABASE %I ALLOW_CONNECTIONS false', datname) FROM pg_database WHERE datname = :'database' \\gexec" \
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :'database';" \
        'BEGIN;' \
        "SELECT format('ALTER DATABASE %I RENAME TO specc_replaced', datname) FROM pg_database WHERE datname = :'database' \\gexec" \
        'ALTER DATABASE specc_restored RENAME TO :"database";' \
        'COMMIT;' 'DROP DATABASE IF EXISTS specc_replaced;'
      grep -v '^CREATE DATABASE ' "$work"
    } | ask_postgres template1 psql -Xq --set=ON_ERROR_STOP=1 --set="database=$database" >/dev/null
#if timescale
    if [ "$hypertables" = yes ]; then
      ask_postgres "$database" psql -Xq --set=ON_ERROR_STOP=1 --command='SELECT timescaledb_post_restore()' </dev/null >/dev/null
    fi
#end
  done
}
