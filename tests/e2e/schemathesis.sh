#!/usr/bin/env bash
# Everything that the OpenAPI document promises, asked of a real server by Schemathesis: no 5xx, no status, content type,
# header or schema that is not documented, and what breaks the document is refused.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/e2e/python_venv.sh
venv=build/schemathesis
python_venv "$venv" schemathesis==4.32.5 openapi-spec-validator==0.9.0
. tests/e2e/served.sh
make() {
  curl -sS --fail-with-body "$url$1" -H "Authorization: Bearer $key" -H "Idempotency-Key: make-$RANDOM$RANDOM" \
    -H 'Content-Type: application/json' -d "$2"
}
money='"amount":{"amount":1000,"currency":"GBP"}'
one=$(make /v1/accounts '{"name":"one","type":"asset","currency":"GBP"}' | jq -r .id)
two=$(make /v1/accounts '{"name":"two","type":"liability","currency":"GBP"}' | jq -r .id)
pending="{\"debit_account\":\"$one\",\"credit_account\":\"$two\",\"pending\":true,$money}"
EXISTING_IDS=$(jq -nc --arg one "$one" --arg two "$two" \
  --argjson trf "$(make /v1/transfers "{\"transfers\":[$pending,$pending,$pending]}" | jq -c '[.outcomes[].id]')" \
  --argjson pay "$(make /v1/payments "{$money,\"reference\":\"A\",\"creditor\":{\"name\":\"Fern\",\"sort_code\":\"204514\",\"account_number\":\"10000001\"}}" |
    jq -c '[.id]')" \
  --argjson pvf "$(make /v1/payee_verifications '{"name":"Fern & Sons","sort_code":"204514","account_number":"10000001","account_type":"business"}' |
    jq -c '[.id]')" \
  --argjson whe "$(make /v1/webhook_endpoints '{"url":"https://shop.example/"}' | jq -c '[.id]')" \
  '{acc: [$one, $two], trf: $trf, pay: $pay, pvf: $pvf, whe: $whe}')
export EXISTING_IDS
PYTHONPATH=tests/e2e PYTHONDONTWRITEBYTECODE=1 "$venv/bin/schemathesis" --config-file tests/e2e/schemathesis.toml run "$url/v1/openapi.json" \
  --header "Authorization: Bearer $key" --checks all --max-examples "${EXAMPLES:-80}" --no-color \
  --request-timeout 10 --continue-on-failure
