#!/usr/bin/env bash
# The command line of an API key's holder against a real server and bank: payments, refunds, webhooks, completion, and how
# each of them fails. All commands are the real ones; nothing is called with curl but the payer's way to the bank.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=tests/e2e/served.sh
. tests/e2e/served.sh
# shellcheck source=tests/e2e/client.sh
. tests/e2e/client.sh
# Looks until lists have it.
until_printed() {
  local words=$1
  shift
  for _ in $(seq 100); do
    "$remit" "$@" >"$folder/printed" 2>/dev/null && grep -q -e "$words" "$folder/printed" && return 0
    sleep 0.05
  done
  fail "remit $*: never prints $words: $(cat "$folder/printed")"
}
new_payment=(payments create --amount 1250 --creditor-name "Fern & Sons Ltd" --sort-code 204514 --account-number 10000001
  --reference "INV 0001")

echo "== a payment, twice under one key"
payment=$(cli "${new_payment[@]}")
idempotency_key=$(sed -n 's/^idempotency key //p' "$folder/said")
[ -n "$idempotency_key" ] || fail "no idempotency key was told: $(cat "$folder/said")"
[ "$(cli "${new_payment[@]}" --idempotency-key "$idempotency_key")" = "$payment" ] || fail "it happened twice"
[ ! -s "$folder/said" ] || fail "it is not quiet: $(cat "$folder/said")"
ends 1 "idempotency_key_reused" payments create --amount 1251 --creditor-name Fern --sort-code 204514 \
  --account-number 10000001 --reference X --idempotency-key "$idempotency_key"
where=$(cli payments wait "$payment" --until awaiting_authorisation)
payer "$where"
[ "$(cli payments wait "$payment" --for 20)" = settled ] || fail "not settled"
[ "$(cli payments show "$payment" | jq -r .amount.amount)" = 1250 ] || fail "another payment"
until_printed "$payment" payments list --status settled --limit 5
until_printed "$payment" payments --json list
printf '{"amount":{"amount":100,"currency":"GBP"},"creditor":{"name":"Fern","sort_code":"204514","account_number":"10000001"},"reference":"FILE"}' |
  cli payments create --file - --json | jq -e '.reference == "FILE"' >/dev/null
jq -e '.idempotency_key | length == 32' "$folder/said" >/dev/null
withdrawn=$(cli "${new_payment[@]}")
[ "$(cli payments cancel "$withdrawn")" = "$withdrawn" ] || fail "not cancelled"
ends 1 "has ended as cancelled" payments wait "$withdrawn"
ends 3 "wait again" payments wait "$(cli "${new_payment[@]}")" --for 0

echo "== a refund"
refund=$(cli refunds create "$payment" --amount 500)
[ "$(cli refunds show "$refund" | jq -r .refund_of)" = "$payment" ] || fail "no refund"
payer "$(cli payments wait "$refund" --until awaiting_authorisation)"
[ "$(cli payments wait "$refund" --for 20)" = settled ] || fail "not paid back"
until_printed "$refund" refunds list "$payment"
until_printed "$refund" refunds list
ends 1 "What to do: " refunds create "$payment" --amount 100000

echo "== webhooks"
{ read -r endpoint; read -r secret; } < <(cli webhooks create http://127.0.0.1:9/hook --event-type 'payment.*' --description shop)
[[ $endpoint = whe_* && $secret = whsec_* ]] || fail "no endpoint: $endpoint $secret"
until_printed "$endpoint" webhooks list
[ "$(cli webhooks keys "$endpoint" --json | jq -r '.data[0].key')" = "$secret" ] || fail "another secret"
{ read -r _; read -r newer; } < <(cli webhooks rotate-secret "$endpoint" --overlap 60)
[ "$newer" != "$secret" ] || fail "the secret is the same"
[ "$(cli webhooks keys "$endpoint" | wc -l)" = 3 ] || fail "not two keys"
another=$(cli "${new_payment[@]}")
until_printed retrying webhooks deliveries list "$endpoint" --subject "$another"
delivery=$(cli webhooks deliveries list "$endpoint" --subject "$another" --json | jq -r '.data[-1].id')
cli webhooks deliveries show "$delivery" | jq -e --arg payment "$another" '.body.subject == $payment' >/dev/null
cli webhooks resend "$delivery" | grep "1 event" >/dev/null
cli webhooks resend "$endpoint" --since 2020-01-01T00:00:00Z --json | jq -e '.events > 5' >/dev/null
event=$(cli webhooks deliveries show "$delivery" | jq -r .event)
cli webhooks resend "$endpoint" --event "$event" >/dev/null
ends 2 "resend_unclear" webhooks resend "$endpoint"
ends 2 "nothing_to_change" webhooks update "$endpoint"
cli webhooks update "$endpoint" --disable --all-event-types >/dev/null
cli webhooks show "$endpoint" | jq -e '.status == "disabled" and .event_types == [] and .description == "shop"' >/dev/null
[ "$(cli webhooks delete "$endpoint")" = "$endpoint" ] || fail "not deleted"
ends 1 "webhook_endpoint_not_found" webhooks show "$endpoint"

echo "== two ways to payments"
REMIT_API_KEY='' cli payments --data "$data" list | grep "$payment" >/dev/null
(cd "$folder/world" && REMIT_API_KEY='' cli payments list --needs-operator | grep none >/dev/null)
ends 2 "--data" payments --data "$data" cancel "$payment"
# What is typed is an id, and no part of a path.
ends 1 "id_invalid" payments --data "$data" show "$payment?limit=1"
ends 1 "id_invalid" payments --data "$data" resolve "$payment?limit=1" --not-executed --evidence "telephone"
ends 2 "api_key_not_given" payments --data "$data" list --kind refund

echo "== errors say what to do"
bank=$(sed -n 's/^issuer = "\(.*\)"/\1/p' "$folder/world/remit.toml" | head -n 1)
ends 1 "payment_not_found" payments show pay_01h455vb4pex5vsknk084sn02q
ends 1 "id_invalid" clients --data "$data" keys "$client?x=1"
ends 1 "id_invalid" approvals --data "$data" show "apr_01h455vb4pex5vsknk084sn02q?x=1"
ends 1 "id_invalid" deadletters --data "$data" show "dlq_01h455vb4pex5vsknk084sn02q?x=1"
ends 1 "id_invalid" deadletters --data "$data" redrive "dlq_01h455vb4pex5vsknk084sn02q/discard?x=1" --because "a slip"
ends 1 "(field creditor.account_number)" payments create --amount 1 --creditor-name F --sort-code 204514 \
  --account-number 1 --reference X
ends 2 "payment_incomplete" payments create --amount 1
ends 2 "{created,awaiting_authorisation" payments list --status lost
ends 2 "time_invalid" refunds create "$payment" --expires-at tomorrow
ends 2 "REMIT_API_KEY" refunds list --key-file /dev/null
REMIT_API_KEY='' ends 2 "api_key_not_given" refunds list
REMIT_API_KEY=sk_wrong ends 1 "What to do: " refunds list
ends 2 "api_url_not_safe" refunds list --url http://api.example
ends 3 "certificate_untrusted" refunds list --url "$bank"
ends 3 "api_not_reached" refunds list --url http://127.0.0.1:9 --tries 2
ends 3 "Nothing happened; run the same command again with --idempotency-key" refunds create "$payment" \
  --url http://127.0.0.1:9 --tries 1
REMIT_API_KEY='' ends 3 "server_not_running" payments --data /nowhere list
ends 1 '"remedy":"' payments show pay_01h455vb4pex5vsknk084sn02q --json
printf '%s\n' "$key" >"$folder/key"
REMIT_API_KEY='' cli payments list --key-file "$folder/key" | grep "$payment" >/dev/null

echo "== tables fit the terminal, and are plain"
if command -v script >/dev/null; then
  script -qec "stty cols 60; NO_COLOR=1 $remit payments list" /dev/null </dev/null | tr -d '\r' >"$folder/printed"
  grep -q "$payment" "$folder/printed" || fail "no table: $(cat "$folder/printed")"
  [ "$(wc -L <"$folder/printed")" -le 60 ] || fail "wider than the terminal"
  if grep -q $'\033' "$folder/printed"; then fail "a table has escape sequences"; fi
fi
[ "$(cli payments list | wc -L)" -gt 60 ] || fail "cut where there is no terminal"

echo "== completion"
"$remit" completion bash >"$folder/remit.bash"
# What bash completes these words to, the last one being typed.
completed() {
  # shellcheck disable=SC2016  # for the other shell
  bash -euc 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _remit; printf "%s\n" "${COMPREPLY[@]}"' \
    - "$folder/remit.bash" "$@" | sort | tr '\n' ' '
}
expect() {
  local wanted=$1
  shift
  [ "$(completed "$@")" = "$wanted " ] || fail "'$*' completes to '$(completed "$@")', not '$wanted'"
}
expect "webhooks" remit web
expect "create list show" remit refunds --json ""
expect "delivered failed pending retrying" remit webhooks deliveries list whe_1 --status ""
expect "--status --subject" remit webhooks deliveries list --s
expect "--data" remit payments list --d
expect "bash fish zsh" remit completion ""
expect "" remit payments show ""
(cd "$folder" && expect "remit.bash" remit payments create --file remit.b)
for shell in zsh fish; do
  "$remit" completion $shell >"$folder/remit.$shell"
  if command -v $shell >/dev/null; then $shell -n "$folder/remit.$shell"; fi
done
