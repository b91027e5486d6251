#!/usr/bin/env bash
# Everything that the OpenAPI document promises, asked of a real server by Schemathesis: no 5xx, no status, content type,
# header or schema that is not documented, and what breaks the document is refused.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/e2e/python_venv.sh
venv=build/schemathesis
python_venv "$venv" schemathesis==4.32.5 openapi-spec-validator==0.9.0
. tests/e2e/served.sh
PYTHONPATH=tests/e2e PYTHONDONTWRITEBYTECODE=1 "$venv/bin/schemathesis" --config-file tests/e2e/schemathesis.toml run "$url/v1/openapi.json" \
  --header "Authorization: Bearer $key" --checks all --max-examples "${EXAMPLES:-30}" --no-color \
  --request-timeout 10 --continue-on-failure
