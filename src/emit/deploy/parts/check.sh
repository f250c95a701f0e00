#if checked
# check_variables: what must be set is set. Only names are told, never values.
check_variables() {
#if required
  local name missing=()
  for name in "${required[@]}"; do [ -n "${!name-}" ] || missing+=("$name"); done
#if env
  [ ${#missing[@]} = 0 ] || die "without a value in ${env_files[*]}: ${missing[*]}"
#else
  [ ${#missing[@]} = 0 ] || die "without a value in the environment: ${missing[*]}"
#end
#end
#if marker
  [ "${!marker-}" = "$environment" ] || die "$marker is '${!marker-}', so the env file is not that of $environment"
#end
}
#end
