#!/usr/bin/env bash
# A server that its bank does not know yet registers itself as a client, with a sender killed and an answer lost on the way,
# and then makes a payment under the client_id that it was given.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=tests/e2e/processes.sh
. tests/e2e/processes.sh

start "$remit" sandbox --directory "$folder/world" --port 0 --control-port 0 --unregistered --automatic-payer --json \
  >"$folder/sandbox.json" 2>"$folder/sandbox.log"
config=$(wait_for "the bank" jq -er .config "$folder/sandbox.json")
control=$(jq -r .control "$folder/sandbox.json")
sed -i 's/^port = .*/port = 0/; s/^call_timeout = .*/call_timeout = "1s"/' "$config"
banks() { "$remit" banks --config "$config" "$@"; }
fault() {
  curl -sSf -o /dev/null "$control/sandbox/faults" -H "Content-Type: application/json" \
    -d "{\"one_shots\":[{\"call\":\"registration\",\"fault\":\"$1\"}]}"
}
clients() { curl -sSf "$control/sandbox/clients" | jq -er '.clients[].client_id'; }
state() { banks list --json | jq -er '.data[0].registration'; }

echo "== nobody serves without a client_id"
fails_with "remit banks register" "$remit" serve --config "$config"
banks register model-bank --dry-run | jq -e '.claims.iss == "sandboxTPP" and .claims.redirect_uris == ["https://127.0.0.1:8443/callback"]
  and .claims.token_endpoint_auth_method == "private_key_jwt" and (.claims.software_statement | split(".") | length == 3)' >/dev/null
[ "$(state)" = unregistered ]

echo "== a sender that is killed while the bank works leaves the outcome unknown"
sed -i 's/^call_timeout = .*/call_timeout = "5s"/' "$config"
fault slow
"$remit" banks --config "$config" register model-bank &
sender=$!
lost=$(wait_for "the client" clients)
kill -KILL $sender
wait $sender 2>/dev/null || true
[ "$(state)" = requested ]
fails_with registration_outcome_unknown banks --json register model-bank
[ "$(clients)" = "$lost" ]
banks registration adopt model-bank --client-id "$lost"
banks registration show model-bank | jq -e --arg id "$lost" '.state == "registered" and .metadata.client_id == $id' >/dev/null
fails_with registration_client_id_differs banks --json registration delete model-bank --client-id another
banks registration delete model-bank --client-id "$lost"
if clients; then exit 1; fi

echo "== neither does an answer that is lost"
sed -i 's/^call_timeout = .*/call_timeout = "1s"/' "$config"
fault timeout_after
fails_with registration_outcome_unknown banks --json register model-bank
fails_with registration_request_in_flight banks --json registration abandon model-bank --evidence "telephone"
banks registration adopt model-bank --client-id "$(clients)"
banks registration delete model-bank --client-id "$(clients)"

echo "== a weaker registration than was asked for is not used"
fault weakened
fails_with registration_id_token_algorithm banks --json register model-bank
fails_with "is unfit" "$remit" serve --config "$config"
banks registration update model-bank
sed -i 's/^call_timeout = .*/call_timeout = "5s"/' "$config"
client=$(clients)
banks list
stat -c %a "$folder/world/registration.json" | grep -qx 600

echo "== and the server pays as $client"
start "$remit" serve --config "$config" 2>"$folder/serve.log" >&2
url=$(wait_for "the server" jq -er 'select(.url) | .url' "$folder/serve.log")
data=$folder/world/remit-data
key=$("$remit" clients --data "$data" add-key "$("$remit" clients --data "$data" create "Corner shop")")
get() { curl -sS --cacert "$folder/world/ca.pem" "$@"; }
api() { get -H "Authorization: Bearer $key" -H "Content-Type: application/json" "$@"; }
payment=$(api "$url/v1/payments" -H "Idempotency-Key: order-1" -d '{"amount":{"amount":1250,"currency":"GBP"},
  "creditor":{"name":"Fern & Sons","sort_code":"204514","account_number":"10000001"},"reference":"INV 1"}' | jq -r .id)
api_text() { api "$url/v1/payments/$1" | jq -er "$2"; }
approval=$(wait_for "the bank's page" api_text "$payment" .authorisation_url)
[[ $approval == *"client_id=$client&"* ]]
back=$(get -o /dev/null -w '%{redirect_url}' "$approval")
get -o /dev/null "$url/callback" -d "${back#*\#}"
wait_for "the money" api_text "$payment" 'select(.status == "settled") | .status'
curl -sSf "$control/sandbox/books" | jq -e '.executed == 1' >/dev/null
# Whoever verifies payees knows it no more than the bank did, and it registers there with nobody.
api "$url/v1/payee_verifications" -H "Idempotency-Key: payee-1" -d '{"name":"Fern & Sons","sort_code":"204514",
  "account_number":"10000001","account_type":"business"}' | jq -e '.code == "payee_verification_off"' >/dev/null
echo "registered, and paid"
