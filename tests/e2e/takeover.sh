#!/usr/bin/env bash
# A server that is stopped (SIGSTOP) keeps its data directory: a second one is refused. Where somebody removes the lock all the
# same, the second one takes over, and the first, when it wakes, is refused by the journal itself and ends: nothing is paid twice.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=tests/e2e/served.sh
. tests/e2e/served.sh
config=$folder/world/remit.toml
control=$(jq -r .control "$folder/sandbox.json")
first=$server
end_takeover() {
  # What is stopped would not hear that it shall end.
  kill -CONT "$first" 2>/dev/null || true
  end_served "$1"
}
trap 'end_takeover $?' EXIT

api() { curl -s -m 20 -H "Authorization: Bearer $key" "$@"; }
# Prints the answer and, on a line of its own, the status.
create() {
  api -m 10 -w '\n%{http_code}\n' -X POST "$1/v1/payments" -H "Content-Type: application/json" -H "Idempotency-Key: $2" \
    -d '{"amount":{"amount":1250,"currency":"GBP"},"creditor":{"name":"Fern & Sons","sort_code":"204514",
         "account_number":"10000001"},"reference":"INV 1"}'
}
authorisation_url() {
  api "$url/v1/payments/$1" | jq -er '.authorisation_url // empty' >"$folder/authorisation_url"
}
# The payer goes to the bank and comes back.
approve() {
  local location
  until_true authorisation_url "$1"
  location=$(curl -s -m 20 -o /dev/null -D - --cacert "$authorities" "$(cat "$folder/authorisation_url")" |
    tr -d '\r' | sed -n 's/^[Ll]ocation: //p')
  curl -s -m 20 -o /dev/null -X POST "$url/callback" -H "Content-Type: application/x-www-form-urlencoded" -d "${location#*#}"
}
ids=()
pay() {
  local id
  id=$(create "$url" "$1" | head -n 1 | jq -er .id)
  approve "$id"
  ids+=("$id")
}

echo "== a second one beside one that is stopped"
pay before
kill -STOP "$first"
if timeout -s KILL 20 "$remit" serve --config "$config" >"$folder/second.log" 2>&1; then exit 1; fi
grep data_directory_in_use "$folder/second.log"
kill -CONT "$first"
[ "$(create "$url" still | tail -n 1)" = 201 ]

echo "== and one that takes over"
for number in $(seq 8); do pay "payment-$number"; done
# Where it happens to sleep within a transaction, SQLite's own lock keeps the second one out, sometimes behind a part of the
# way, and then the first one is over already.
for attempt in $(seq 20); do
  kill -STOP "$first" 2>/dev/null || true
  rm -f "$data/lock"
  : >"$folder/second.log"
  start "$remit" serve --config "$config" 2>"$folder/second.log" >&2
  successor=$!
  until_true grep -q -e '"url"' -e '^remit: ' "$folder/second.log"
  if grep -q '"url"' "$folder/second.log"; then break; fi
  grep -E 'database_busy|database is locked' "$folder/second.log" || { cat "$folder/second.log"; exit 1; }
  kill -CONT "$first" 2>/dev/null || true
  sleep 0.2
  echo "attempt $attempt found the journal locked"
done
second=$(wait_for "the second server" jq -er 'select(.url) | .url' "$folder/second.log")
[ "$(create "$second" after | tail -n 1)" = 201 ]
kill -CONT "$first" 2>/dev/null || true
# Whatever the first one says now, it does not accept.
[ "$(create "$url" late | tail -n 1 || true)" != 201 ]
ended() { ! kill -0 "$first" 2>/dev/null; }
until_true ended
status=0
wait "$first" || status=$?
[ "$status" = 75 ]
grep -h partition_fenced "$folder/serve.log" | tail -n 1 | cut -c 1-300

echo "== the books"
url=$second
# A hand-over that was under way is unknown first, and the bank is asked what became of it. A code whose exchange was under way is
# one that the bank has seen (RFC 6749, section 4.1.2: once), so that payment is refused, with nothing paid.
over() {
  api "$url/v1/payments/$1" | jq -r 'if .status == "rejected" then .reason.code else .status end' >"$folder/end"
  grep -qx -e settled -e invalid_grant "$folder/end"
}
settled=0
for id in "${ids[@]}"; do
  until_true over "$id" || { api "$url/v1/payments/$id"; exit 1; }
  if grep -qx settled "$folder/end"; then settled=$((settled + 1)); else echo "$id: its code was on the way"; fi
done
[ "$settled" -ge 1 ]
# Lists come after.
all_listed() {
  [ "$(api "$url/v1/payments?limit=100" | jq '[.data[] | select(.status == "settled")] | length')" = "$settled" ]
}
until_true all_listed
curl -s "$control/sandbox/books" | tee "$folder/books" | jq -c '{executed, executed_minor}'
jq -e --argjson settled "$settled" 'all(.payments[]; .executions <= 1) and .executed == $settled' "$folder/books" >/dev/null
kill "$successor"
wait "$successor"
"$remit" verify --data "$data"
