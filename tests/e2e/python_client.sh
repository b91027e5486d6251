#!/usr/bin/env bash
# The OpenAPI document can be used: openapi-python-client makes a client of it, and that client works against a real server.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/e2e/python_venv.sh
venv=build/python-client
python_venv "$venv" openapi-python-client==0.29.1
. tests/e2e/served.sh
echo 'post_hooks: []' >"$folder/generator.yaml"
"$venv/bin/openapi-python-client" generate --path docs/openapi.json --config "$folder/generator.yaml" \
  --output-path "$folder/client" --meta none --fail-on-warning
mv "$folder/client" "$folder/remit_client"
PYTHONPATH=$folder PYTHONDONTWRITEBYTECODE=1 "$venv/bin/python" tests/e2e/python_client.py
