die() { printf 'secrets: %s\n' "$*" >&2; exit 1; }

cd -- "$(dirname -- "${BASH_SOURCE[0]}")/$root"
environment=${1-}
own='' file=''
for ((i = 0; i < ${#environments[@]}; i += 3)); do
  if [ "${environments[i]}" = "$environment" ]; then own=${environments[i + 1]} file=${environments[i + 2]}; fi
done
[ -n "$file" ] || die "usage: $(basename "$0") ENVIRONMENT"
command -v sops >/dev/null || die "sops is not installed"
[ -f "$store" ] || die "there is no $store"
if [ -n "$key" ] && [ -n "${!key-}" ]; then export SOPS_AGE_KEY_FILE=${!key}; fi

umask 077
trap 'rm -f -- "$file.new"' EXIT
{
  printf '# %s of %s, by %s. Never commit it.\n' "$environment" "$store" "$0"
  # A name with the prefix of this environment is delivered without it, one with another prefix not at all.
  sops --decrypt --input-type "$format" --output-type dotenv "$store" | while IFS= read -r line; do
    case $line in
      '' | '#'*) continue ;;
    esac
    if [ -n "$own" ] && [[ $line == "$own"* ]]; then printf '%s\n' "${line#"$own"}"; continue; fi
    for prefix in "${prefixes[@]}"; do
      if [[ $line == "$prefix"* ]]; then continue 2; fi
    done
    printf '%s\n' "$line"
  done
  if [ -n "$marker" ]; then printf '%s=%s\n' "$marker" "$environment"; fi
} >"$file.new"
mv -- "$file.new" "$file"
printf '%s holds the secrets of %s\n' "$file" "$environment"
