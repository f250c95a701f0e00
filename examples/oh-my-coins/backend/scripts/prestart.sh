#!/usr/bin/env bash
# Before anything else starts: the schema, then the first data.
set -euo pipefail
alembic upgrade head
python -m app.initial_data
