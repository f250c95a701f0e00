# ---- variables ----

#if env
# load_env FILE: export the variables of an env file as compose reads them; nothing in it is run.
load_env() {
  local line name value rest
  local assignment='^[[:space:]]*(export[[:space:]]+)?([A-Za-z_][A-Za-z0-9_]*)[[:space:]]*=[[:space:]]*(.*)$'
  local in_quotes='^"(([^"\\]|\\.)*)"'
  while IFS= read -r line || [ -n "$line" ]; do
    line=${line%$'\r'}
    [[ $line =~ $assignment ]] || continue
    name=${BASH_REMATCH[2]} rest=${BASH_REMATCH[3]}
    # These are bash's own, and nobody may set them; compose reads the file itself.
    case $name in UID | EUID | PPID | BASHOPTS | SHELLOPTS | BASH_VERSINFO) continue ;; esac
    case $rest in
      "'"*) value=${rest#"'"} value=${value%%"'"*} ;;
      '"'*)
        [[ $rest =~ $in_quotes ]] || die "$1: the quotes of $name are not closed"
        value=$(filled "$(unescaped "${BASH_REMATCH[1]}")")
        ;;
      '#'*) value= ;;
      *)
        value=${rest%%[[:space:]]#*}
        value=$(filled "${value%"${value##*[![:space:]]}"}")
        ;;
    esac
    export "$name=$value"
  done <"$1"
}

# unescaped TEXT: what a text in double quotes means.
unescaped() {
  local rest=$1 out=''
  while [[ $rest == *\\* ]]; do
    out+=${rest%%\\*} rest=${rest#*\\}
    case $rest in
      n*) out+=$'\n' ;;
      *) out+=${rest:0:1} ;;
    esac
    rest=${rest:1}
  done
  printf '%s' "$out$rest"
}

# filled TEXT: the text with each ${NAME} replaced by that variable.
filled() {
  local rest=$1 out='' name
  while [[ $rest =~ ^([^$]*)\$\{([A-Za-z_][A-Za-z0-9_]*)\}(.*)$ ]]; do
    name=${BASH_REMATCH[2]}
    out+=${BASH_REMATCH[1]}${!name-} rest=${BASH_REMATCH[3]}
  done
  printf '%s' "$out$rest"
}
#end

#if env
#if given
# load_variables: those of the env files, later ones win; what the caller of this script has set wins over both.
#else
# load_variables: those of the env files, later ones win.
#end
#else
# load_variables: what the caller of this script has set.
#end
load_variables() {
#if env
  local file
  for file in "${env_files[@]}"; do
    if [ -f "$file" ]; then load_env "$file"; fi
  done
#end
#if given
  local name
  for name in "${!given[@]}"; do export "$name=${given[$name]}"; done
#end
}
