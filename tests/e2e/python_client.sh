#!/usr/bin/env bash
# The OpenAPI document can be used: openapi-python-client makes a client of it, and that client works against a real server.
set -euo pipefail
cd "$(dirname "$0")/../.."
if ! command -v python3 >/dev/null || ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
  echo "SKIPPED: python3 with venv is needed; ./dev setup installs it"
  exit 77
fi
venv=build/python-client
if ! "$venv/bin/pip" list --format freeze 2>/dev/null | grep -qx 'openapi-python-client==0.29.1'; then
  python3 -m venv --clear "$venv"
  "$venv/bin/pip" install --quiet 'openapi-python-client==0.29.1'
fi
. tests/e2e/served.sh
echo 'post_hooks: []' >"$folder/generator.yaml"
"$venv/bin/openapi-python-client" generate --path docs/openapi.json --config "$folder/generator.yaml" \
  --output-path "$folder/client" --meta none --fail-on-warning
mv "$folder/client" "$folder/remit_client"
PYTHONPATH=$folder PYTHONDONTWRITEBYTECODE=1 "$venv/bin/python" tests/e2e/python_client.py
