#!/usr/bin/env bash
# A person is forgotten: nothing personal of two payments and a refund can be read any more from the API, the command line, the
# files or a backup that is made afterwards, while amounts, books and chain stay; across a kill -9 between the word and the deed.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=tests/e2e/served.sh
. tests/e2e/served.sh
# shellcheck source=tests/e2e/client.sh
. tests/e2e/client.sh
# NAME [PAYER]: a payment as JSON.
asked() {
  jq -n --arg name "$1" --arg payer "${2:-}" '{amount: {amount: 1250, currency: "GBP"}, reference: "INV 0001",
    creditor: {name: $name, sort_code: "204514", account_number: "10000001"}}
    + if $payer == "" then {} else {payer_id: $payer} end'
}
settled() {
  local payment
  payment=$(asked "$@" | cli payments create --file -)
  payer "$(cli payments wait "$payment" --until awaiting_authorisation)"
  [ "$(cli payments wait "$payment" --for 20)" = settled ] || fail "not settled"
  echo "$payment"
}
state() { cli payers show "$1" | jq -r "$2"; }
keyless() {
  sqlite3 -readonly "$data/keys/payers.db" "SELECT count(*) FROM keys WHERE owner = '$1' AND length(wrapped) = 0"
}

echo "== one person, three payments"
first=$(settled "Ada Quillfeather")
person=$(cli payments show "$first" | jq -r .payer_id)
second=$(settled "Ada Quillfeather" "$person")
other=$(settled "Charles Otherwise")
other_person=$(cli payments show "$other" | jq -r .payer_id)
[ "$person" != "$other_person" ] || fail "two people are one"
refund=$(cli refunds create "$first" --amount 500)
ends 1 "payer_has_open_payments" payers erase "$person"
payer "$(cli payments wait "$refund" --until awaiting_authorisation)"
[ "$(cli payments wait "$refund" --for 20)" = settled ] || fail "not paid back"
[ "$(state "$person" '"\(.payments) \(.open_payments)"')" = "3 0" ] || fail "not three payments: $(state "$person" .)"
for _ in $(seq 100); do
  curl -sS -H "Authorization: Bearer $key" "$url/v1/payments?payer_id=$person" >"$folder/list"
  [ "$(jq '.data | length' "$folder/list")" = 3 ] && break
  sleep 0.05
done
jq -e --arg person "$person" '(.data | length) == 3 and all(.data[]; .payer_id == $person)' "$folder/list" >/dev/null ||
  fail "the list of the person's payments: $(cat "$folder/list")"

echo "== erased, and killed before the deed"
"$remit" flows --data "$data" pause erase_payers >/dev/null
[ "$(cli payers erase "$person")" = "$person" ] || fail "not erased: $(cat "$folder/said")"
[ "$(state "$person" .erased_at)" != null ] || fail "no time of the erasure"
kill -9 "$server"
wait "$server" 2>/dev/null || true
sed -i "s/^port = .*/port = ${url##*:}/" "$folder/world/remit.toml"
start "$remit" serve --config "$folder/world/remit.toml" 2>>"$folder/serve.log" >&2
server=$!
for _ in $(seq 200); do
  "$remit" flows --data "$data" resume erase_payers >/dev/null 2>&1 && break
  sleep 0.05
done
for _ in $(seq 200); do
  [ "$(keyless "$person")" = 1 ] && break
  sleep 0.05
done
[ "$(keyless "$person")" = 1 ] || fail "the key is still there"
[ "$(keyless "$other_person")" = 0 ] || fail "another person's key is gone"

echo "== nothing personal is left of her, and everything of him"
for payment in "$first" "$second" "$refund"; do
  cli payments show "$payment" | jq -e '(has("creditor") or has("debtor") | not) and .amount.amount > 0 and .status == "settled"' >/dev/null ||
    fail "$payment: $(cli payments show "$payment")"
done
cli payments show "$other" | jq -e '.creditor.name == "Charles Otherwise"' >/dev/null
"$remit" payments --data "$data" show "$first" --reveal | jq -e 'has("creditor") | not' >/dev/null
! grep -rqa "Quillfeather" "$data" || fail "her name is in $(grep -rla "Quillfeather" "$data")"
! grep -qa "Quillfeather" "$folder/serve.log" || fail "her name is in the log"
ends 1 "payer_erased" refunds create "$second" --amount 100
asked "Ada Quillfeather" "$person" | ends 1 "payer_erased" payments create --file -
cli payers erase "$person" >/dev/null
ends 1 "payer_not_found" payers show payer_01h455vb4pex5vsknk084sn02q
asked "Ada" payer_01h455vb4pex5vsknk084sn02q | ends 1 "payer_not_found" payments create --file -

echo "== whoever comes back from the bank when the payment is over and the payer erased"
late=$(asked "Grace Late" | cli payments create --file -)
where=$(cli payments wait "$late" --until awaiting_authorisation)
cli payments cancel "$late" >/dev/null
late_person=$(cli payments show "$late" | jq -r .payer_id)
cli payers erase "$late_person" >/dev/null
for _ in $(seq 200); do
  [ "$(keyless "$late_person")" = 1 ] && break
  sleep 0.05
done
back=$(curl -sS --cacert "$authorities" -o /dev/null -w '%{redirect_url}' "$where")
curl -sS "$url/callback" -d "${back#*\#}" | jq -e '.code == "authorisation_not_awaited"' >/dev/null || fail "the late payer is told something else"

echo "== books, chain and a backup"
"$remit" backup "$folder/backup" --data "$data" >/dev/null
"$remit" restore "$folder/backup" --data "$folder/restored" >/dev/null
sqlite3 -readonly "$folder/restored/keys/payers.db" "SELECT length(wrapped) FROM keys WHERE owner = '$person'" | grep -qx 0
"$remit" verify --data "$folder/restored" | tee "$folder/verify.txt"
grep -q "ok   erased payers rest" "$folder/verify.txt" || fail "verify does not look at erased payers"
"$remit" verify --data "$data" >/dev/null
echo "one person was erased, and only she"
