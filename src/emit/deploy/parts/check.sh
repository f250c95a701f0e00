# check_variables: what must be set is set. Only names are told, never values.
check_variables() {
  local name missing=()
  for name in "${required[@]}"; do [ -n "${!name-}" ] || missing+=("$name"); done
  [ ${#missing[@]} = 0 ] || die "without a value in ${env_files[*]:-the environment}: ${missing[*]}"
  if [ -n "$marker" ] && [ "${!marker-}" != "$environment" ]; then
    die "$marker is '${!marker-}', so the env file is not that of $environment"
  fi
}
