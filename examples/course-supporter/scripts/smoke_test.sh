#!/usr/bin/env bash
# smoke_test.sh URL KEY: the API answers, and refuses who has no key.
set -euo pipefail
curl -fsS "$1/health" >/dev/null
[ "$(curl -s -o /dev/null -w '%{http_code}' "$1/api/v1/courses")" = 401 ]
curl -fsS -H "X-API-Key: $2" "$1/api/v1/courses" >/dev/null
