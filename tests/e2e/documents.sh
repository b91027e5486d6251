#!/usr/bin/env bash
# The documents as others read them: valid by their standards, with examples and events that keep to their own schemas, and
# a page that shows and searches them.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/e2e/python_venv.sh
if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
  echo "SKIPPED: node and npm are needed; ./dev setup installs them"
  exit 77
fi
venv=build/documents/venv
python_venv "$venv" openapi-spec-validator==0.9.0 rfc3339-validator==0.1.4
modules=$PWD/build/documents/node_modules
if [ ! -d "$modules/jsdom" ] || [ ! -d "$modules/@asyncapi/specs" ]; then
  npm install --silent --no-audit --no-fund --prefix build/documents jsdom@26.1.0 @asyncapi/specs@6.8.1
fi
"$venv/bin/openapi-spec-validator" docs/openapi.json

. tests/e2e/served.sh
api() {
  curl -sS --fail-with-body -H "Authorization: Bearer $key" -H "Idempotency-Key: $RANDOM$RANDOM" "$@"
}
# Every event that needs no bank, and those of payments that are made and withdrawn.
json="Content-Type: application/json"
account() { api "$url/v1/accounts" -H "$json" -d "{\"name\":\"$1\",\"type\":\"asset\",\"currency\":\"GBP\"}" | jq -r .id; }
one=$(account one)
two=$(account two)
transfer() {
  api "$url/v1/transfers" -H "$json" -d "{\"transfers\":[{\"debit_account\":\"$one\",\"credit_account\":\"$two\",
    \"pending\":true,\"amount\":{\"amount\":5,\"currency\":\"GBP\"}}]}" | jq -r '.outcomes[0].id'
}
api -X POST "$url/v1/transfers/$(transfer)/post" >/dev/null
api -X POST "$url/v1/transfers/$(transfer)/void" >/dev/null
jq '.paths["/v1/payments"].post.requestBody.content["application/json"].example' docs/openapi.json >"$folder/payment.json"
payment=$(api "$url/v1/payments" -H "$json" -d "@$folder/payment.json" | jq -r .id)
api -X POST "$url/v1/payments/$payment/cancel" -D "$folder/headers" >/dev/null
position=$(sed -n 's/^Remit-Min-Position: \([0-9]*\).*/\1/ip' "$folder/headers")
api "$url/v1/events?limit=100" -H "Remit-Min-Position: $position" >"$folder/events.json"
"$venv/bin/python" tests/e2e/documents.py docs "$modules/@asyncapi/specs/schemas/3.0.0.json" "$folder/events.json"
node tests/e2e/reference_page.cjs "$modules/jsdom" "$url"
