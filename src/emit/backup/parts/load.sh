# What the caller has set wins over the env files.
declare -A given
for name in "${used[@]}"; do [ -z "${!name-}" ] || given[$name]=${!name}; done
load_variables
