#!/usr/bin/env bash
# Four eyes, with real users of the system: what one operator asks to do to money, only another one makes happen.
set -euo pipefail
cd "$(dirname "$0")/../.."
if [ "$(id -u)" -ne 0 ]; then
  echo "SKIPPED: to run as two users takes root"
  exit 77
fi
# shellcheck disable=SC2034  # served.sh reads it
server_settings='[operators]
group = "nogroup"
four_eyes = true'
# shellcheck source=tests/e2e/served.sh
. tests/e2e/served.sh
chmod 711 "$folder" "$folder/world"
install -m 755 "$remit" "$folder/remit"
as() {
  local user=$1 verb=$2 noun=$3
  shift 3
  setpriv --reuid="$user" --regid=nogroup --clear-groups "$folder/remit" "$verb" --data "$data" "$noun" "$@"
}

echo "== a payment whose outcome is unknown, for the bank always answers 500"
control=$(jq -r .control "$folder/sandbox.json")
curl -sSf -o /dev/null "$control/sandbox/faults" -H "Content-Type: application/json" \
  -d '{"rates":[{"call":"payment","fault":"server_error_after","per_mille":1000}]}'
api() { curl -sS -H "Authorization: Bearer $key" -H "Content-Type: application/json" "$@"; }
pay() {
  local payment approval back
  payment=$(api "$url/v1/payments" -H "Idempotency-Key: $1" -d '{"amount":{"amount":1250,"currency":"GBP"},
    "creditor":{"name":"Fern & Sons","sort_code":"204514","account_number":"10000001"},"reference":"INV 1"}' | jq -r .id)
  approval=$(wait_for "the bank's page" api_text "$payment" .authorisation_url)
  back=$(curl -sS --cacert "$authorities" -o /dev/null -w '%{redirect_url}' "$approval")
  curl -sS -o /dev/null "$url/callback" -d "${back#*\#}"
  wait_for "outcome_unknown" api_text "$payment" 'select(.status == "outcome_unknown") | .id'
}
api_text() { api "$url/v1/payments/$1" | jq -er "$2"; }
first=$(pay order-1)
second=$(pay order-2)

echo "== one operator alone cannot settle it"
as daemon payments resolve "$first" --executed --bank-payment-id b-1 --evidence "statement line 7" --json >"$folder/asked"
request=$(jq -er 'select(.status == "waiting" and .act == "payment.resolve") | .id' "$folder/asked")
[ "$(api_text "$first" .status)" = outcome_unknown ]
as daemon approvals list
fails_with approval_by_requester as daemon approvals approve "$request" --json

echo "== the other one can"
as nobody approvals show "$request" | jq -e --arg payment "$first" \
  '.requested_by == "user:daemon" and .on == $payment and .details.evidence == "statement line 7"' >/dev/null
as nobody approvals approve "$request" --because "seen on the statement"
[ "$(api_text "$first" .status)" = settled ]
fails_with approval_decided as nobody approvals approve "$request" --json

echo "== or say no"
as nobody payments resolve "$second" --not-executed --evidence "telephone" | tee "$folder/asked"
request=$(grep -o 'apr_[0-9a-z]*' "$folder/asked" | head -n 1)
fails_with outcome_not_unknown as nobody payments resolve "$first" --not-executed --evidence "again" --json
as daemon approvals reject "$request" --because "the bank must write it down"
[ "$(api_text "$second" .status)" = outcome_unknown ]
as daemon approvals list --status all

echo "== the journal knows both"
as daemon audit list --json >"$folder/audit"
jq -er '.data[] | select(.act == "operator.policy_adopted") | .by' "$folder/audit" | grep -q '^user:root$'
jq -er '.data[] | select(.act == "approval.requested") | .by' "$folder/audit" | grep -q '^user:daemon$'
jq -er '.data[] | select(.act == "approval.granted") | .by' "$folder/audit" | grep -q '^user:nobody$'
echo "four eyes hold"
