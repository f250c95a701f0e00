die() { printf 'backup: %s\n' "$*" >&2; exit 1; }
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/$root"
# cron has a short one.
PATH=$PATH:/usr/local/bin
command -v docker >/dev/null || die "docker is missing"
