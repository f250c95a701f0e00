#!/usr/bin/env bash
# populate_secrets.sh DIR: make DIR/.env from the template and from the secrets that the machine keeps.
set -euo pipefail
cp .env.template "$1/.env"
while IFS='=' read -r name value; do
  case $name in "" | \#*) continue ;; esac
  sed -i "s|^#\{0,1\} \{0,1\}$name=.*|$name=$value|" "$1/.env"
done <"$HOME/omc/secrets.safe"
