#!/usr/bin/env bash
# Secrets and personal data of a kind that occurs nowhere else go in by every field, happy paths and failures of all kinds
# happen to them, and then everything that the server wrote, showed or told is searched for them (canaries.py).
set -euo pipefail
cd "$(dirname "$0")/../.."
if ! command -v python3 >/dev/null; then
  echo "SKIPPED: python3 is needed"
  exit 77
fi
# shellcheck disable=SC2034  # served.sh reads both
server_settings='[log]
level = "debug"'
# shellcheck disable=SC2034
sandbox_options=(--record)
# shellcheck source=tests/e2e/served.sh
. tests/e2e/served.sh
control=$(jq -r .control "$folder/sandbox.json")
shown=$folder/shown
mkdir "$shown"
canary() { printf '%s\t%s\n' "$1" "$2" >>"$folder/canaries.tsv"; }

name="Quillfeather Zyx"
account=59382716
debtor=71836492
reference="CNRY REF 9137"
client_reference=cnry-client-reference-5521
email=canary.person@cnry-mail.example
idempotency=cnry-idempotency-8842
canary name "$name"
canary account "$account"
canary debtor "$debtor"
canary reference "$reference"
canary client_reference "$client_reference"
canary email "$email"
canary idempotency "$idempotency"
canary api_key "$(cut -d _ -f 4- <<<"$key")"
canary wrong_key cnrywrongkey0123456789abcdefghij
canary state cnry-state-7719
canary wrong_code cnry-code-3346
canary master_key "$(head -c 64 "$data/keys/master.key")"
while read -r file; do
  canary private_key "$(sed -n 3p "$file")"
done < <(sed -n 's/^\(signing\|transport\)_key = "\(.*\)"/\2/p' "$folder/world/remit.toml" | sort -u)

start python3 tests/e2e/canaries.py receive "$shown/webhooks" >"$folder/receiver"
receiver=$(wait_for "the receiver" cat "$folder/receiver")
api() { curl -sS -H "Authorization: Bearer $key" -H "Content-Type: application/json" "$@"; }
post() {
  local path=$1
  shift
  api "$url$path" -H "Idempotency-Key: $idempotency-$RANDOM$RANDOM" "$@"
}
secret=$(post /v1/webhook_endpoints -d "{\"url\":\"$receiver/hook?who=$email\"}" | jq -er '.keys[0].key')
canary webhook_secret "${secret#whsec_}"
ask() {
  post /v1/payments -d "{\"amount\":{\"amount\":1250,\"currency\":\"GBP\"},\"reference\":\"$reference\",
    \"client_reference\":\"$client_reference-$1\",
    \"creditor\":{\"name\":\"$name\",\"sort_code\":\"204514\",\"account_number\":\"$account\"}${2:-}}" | jq -er .id
}
status_of() { api "$url/v1/payments/$1" | jq -er "$2"; }
approve() {
  local approval back code
  approval=$(wait_for "the bank's page" status_of "$1" .authorisation_url)
  back=$(curl -sS --cacert "$authorities" -o /dev/null -w '%{redirect_url}' "$approval")
  code=${back##*[#&?]code=}
  canary code "${code%%&*}"
  curl -sS -o /dev/null "$url/callback" -d "${back#*\#}"
}
fault() {
  curl -sSf -o /dev/null "$control/sandbox/faults" -H "Content-Type: application/json" -d "{\"rates\":[$1]}"
}
ends() { wait_for "$2" status_of "$1" "select(.status == \"$2\") | .id" >/dev/null; }
# Why what the bank was asked for the payment did not go through; webhooks have troubles of their own.
trouble_of() {
  "$remit" flows --data "$data" --json troubles |
    jq -er --arg id "$1" '.data[] | select(.key == $id and (.flow | startswith("webhook") | not)) | .cause'
}
# The call has failed, and the server knows: only then may the bank do something else.
fails() { wait_for "the failure of payment $1" trouble_of "$1" | tee -a "$shown/troubles"; }

echo "== a payment that settles, and its refund"
settled=$(ask 1)
approve "$settled"
ends "$settled" settled
refund=$(post "/v1/payments/$settled/refunds" -d '{}' | jq -er .id)
approve "$refund"
ends "$refund" settled
curl -sS "$control/sandbox/books" | jq -r '.accounts[] |
  "payer_account\t\(.identification)\npayer_name\t\(.holder)"' >"$folder/payers.tsv"

echo "== failures of all kinds"
fault '{"call":"payment","fault":"server_error_after","per_mille":1000}'
unknown=$(ask 2)
approve "$unknown"
ends "$unknown" outcome_unknown
fault '{"call":"payment","fault":"bad_signature","per_mille":1000}'
unsigned=$(ask 3)
approve "$unsigned"
ends "$unsigned" outcome_unknown
fault '{"call":"payment","fault":"insufficient_funds","per_mille":1000}'
refused=$(ask 4)
approve "$refused"
ends "$refused" rejected
fault '{"call":"token","fault":"server_error_before","per_mille":1000}'
untraded=$(ask 5)
approve "$untraded"
ends "$untraded" rejected
fault '{"call":"consent","fault":"server_error_before","per_mille":1000}'
fails "$(ask 6 ",\"debtor\":{\"name\":\"$name\",\"sort_code\":\"309950\",\"account_number\":\"$debtor\"}")"
fault '{"call":"consent","fault":"bad_signature","per_mille":1000}'
unbelieved=$(ask 7 ",\"debtor\":{\"name\":\"$name\",\"sort_code\":\"309950\",\"account_number\":\"$debtor\"}")
ends "$unbelieved" rejected
fault ''
other=$("$remit" clients --data "$data" add-key "$("$remit" clients --data "$data" create "Another")")
canary other_key "$(cut -d _ -f 4- <<<"$other")"
# What strangers and the other client hear, and what the log has of it.
{
  curl -sS "$url/v1/payments/$settled" -H "Authorization: Bearer $other"
  curl -sS "$url/v1/payments?client_reference=$client_reference-1" -H "Authorization: Bearer $other"
  curl -sS "$url/v1/payments/$settled/refunds" -H "Authorization: Bearer $other"
  curl -sS "$url/v1/payments" -H "Authorization: Bearer remit_cnrywrongkey0123456789abcdefghij"
  curl -sS "$url/callback?error=access_denied&state=unknown"
} >"$shown/others" 2>&1
{
  curl -sS "$url/v1/payments?email=$email" -H "Authorization: Bearer $key"
  curl -sS "$url/v1/payments/$email" -H "Authorization: Bearer $key"
  curl -sS "$url/$email?secret=$secret"
  curl -sS "$url/callback" -d "code=cnry-code-3346&state=cnry-state-7719&id_token=$secret"
  curl -sS "$url/callback?error=$email&state=cnry-state-7719"
  post /v1/payments -d "{\"amount\":$name$account"
  post /v1/payments -d "{\"amount\":{\"amount\":1,\"currency\":\"GBP\"},\"reference\":\"$reference\",
    \"creditor\":{\"name\":\"$name\",\"sort_code\":\"2045\",\"account_number\":\"$account\"}}"
  post /v1/payments -d "{\"$email\":\"$name\"}"
  exec 3<>"/dev/tcp/127.0.0.1/${url##*:}"
  printf 'GET /%s HTTP/1.1\r\nHost: a\r\nX : %s\r\n\r\n' "$email" "$secret" >&3
  timeout 10 cat <&3
  exec 3>&-
} >"$folder/own" 2>&1
grep -q 'HTTP/1.1 400 ' "$folder/own" || { echo "what is no HTTP was not refused"; exit 1; }

echo "== what is written, shown and told"
curl -sS "$url/metrics" >"$shown/metrics"
for partition in 0 1; do "$remit" journal --data "$data" --partition $partition dump >"$shown/journal.$partition"; done
# Operators see the parties of one payment when they ask for it, which is an act of theirs.
"$remit" payments --data "$data" show "$settled" --reveal | grep "$name" >/dev/null
"$remit" payments --data "$data" show "$settled" >"$shown/payment"
"$remit" audit --data "$data" list --json >"$shown/audit"
grep -q payment_revealed "$shown/audit"
"$remit" flows --data "$data" --json list >"$shown/flows"
"$remit" deadletters --data "$data" --json list >"$shown/deadletters"
"$remit" payments --data "$data" --json list >"$shown/payments"
"$remit" clients --data "$data" --json list >"$shown/clients"
tr '\0' '\n' <"/proc/$server/environ" >"$shown/environ"
tr '\0' '\n' <"/proc/$server/cmdline" >"$shown/cmdline"
"$remit" backup "$folder/backup" --data "$data" >"$shown/backup"
jq -r '.response.body | fromjson? | objects | to_entries[] |
  select(.key | IN("access_token", "id_token")) | "bank_\(.key)\t\(.value)"' \
  "$folder/world/exchanges.jsonl" >>"$folder/canaries.tsv"
cat "$folder/payers.tsv" >>"$folder/canaries.tsv"
cp "$folder/serve.log" "$shown/log"
grep -q "$settled" "$shown/webhooks" || { echo "no webhook came"; exit 1; }
python3 tests/e2e/canaries.py search "$folder/canaries.tsv" "data=$data" "backup=$folder/backup" "shown=$shown"
