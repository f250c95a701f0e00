die() { printf 'restore: %s\n' "$*" >&2; exit 1; }
from=${1-}
[ -z "$from" ] || from=$(realpath -m -- "$from")
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/$root"
