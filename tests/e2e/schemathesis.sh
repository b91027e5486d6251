#!/usr/bin/env bash
# Everything that the OpenAPI document promises, asked of a real server by Schemathesis: no 5xx, no status, content type,
# header or schema that is not documented, and what breaks the document is refused.
set -euo pipefail
cd "$(dirname "$0")/../.."
if ! command -v python3 >/dev/null || ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
  echo "SKIPPED: python3 with venv is needed; ./dev setup installs it"
  exit 77
fi
venv=build/schemathesis
if ! "$venv/bin/pip" list --format freeze 2>/dev/null | grep -qx 'schemathesis==4.32.5'; then
  python3 -m venv --clear "$venv"
  "$venv/bin/pip" install --quiet 'schemathesis==4.32.5' 'openapi-spec-validator==0.9.0'
fi
"$venv/bin/openapi-spec-validator" docs/openapi.json
. tests/e2e/served.sh
PYTHONPATH=tests/e2e PYTHONDONTWRITEBYTECODE=1 "$venv/bin/schemathesis" --config-file tests/e2e/schemathesis.toml run "$url/v1/openapi.json" \
  --header "Authorization: Bearer $key" --checks all --max-examples "${EXAMPLES:-30}" --no-color \
  --request-timeout 10 --continue-on-failure
