#!/usr/bin/env bash
# A disk that is really full: requests get 503 with Retry-After before anything is accepted, the probe, a metric and the log say
# why, what was acknowledged stays, and when there is space again the server goes on by itself.
set -euo pipefail
cd "$(dirname "$0")/../.."
if [ "$(id -u)" -ne 0 ]; then
  if [ -z "${REMIT_OWN_NAMESPACE:-}" ] && unshare -rm true 2>/dev/null; then
    REMIT_OWN_NAMESPACE=1 exec unshare -rm "$0"
  fi
  echo "neither root nor a user namespace: no disk can be mounted"
  exit 77
fi

prepare_data() {
  mkdir -p "$folder/world/remit-data"
  mount -t tmpfs -o size=24m tmpfs "$folder/world/remit-data" || exit 77
}
# shellcheck source=tests/e2e/served.sh
. tests/e2e/served.sh
end_full_disk() {
  kill "$server" 2>/dev/null || true
  wait "$server" 2>/dev/null || true
  umount -l "$data" || true
  end_served "$1"
}
trap 'end_full_disk $?' EXIT

# Prints the status; the answer's head and body are in the folder.
create() {
  curl -s -m 20 -o "$folder/body" -D "$folder/head" -w '%{http_code}' -X POST "$url/v1/payments" \
    -H "Authorization: Bearer $key" -H "Content-Type: application/json" -H "Idempotency-Key: $1" \
    -d '{"amount":{"amount":1250,"currency":"GBP"},"creditor":{"name":"Fern & Sons","sort_code":"204514",
         "account_number":"10000001"},"reference":"INV 1"}'
}
ready_is() { [ "$(curl -s -o "$folder/ready" -w '%{http_code}' "$url/readyz")" = "$1" ]; }
metric() { curl -s "$url/metrics" | sed -n "s/^$1 //p"; }

[ "$(create before)" = 201 ]
cp "$folder/body" "$folder/before"
id=$(jq -er .id "$folder/before")

echo "== the disk fills up"
head -c 100m /dev/zero >"$data/ballast" 2>/dev/null || true
number=0
# What is left of a page or two may take a few.
while status=$(create "full-$number") && [ "$status" = 201 ]; do
  number=$((number + 1))
  [ "$number" -lt 200 ]
done
[ "$status" = 503 ]
grep -i '^retry-after: [1-9]' "$folder/head"
grep -i '^content-type: application/problem+json' "$folder/head"
until_true ready_is 503
until_true grep -q disk_full "$folder/ready" || { cat "$folder/ready"; exit 1; }
cat "$folder/ready"
[ "$(metric 'remit_engine_recovering{partition="1"}')" = 1 ]
[ "$(metric remit_data_disk_available_bytes)" -lt 100000 ]
# It holds, however often it is asked.
for again in $(seq 20); do
  [ "$(create "full-$number")" = 503 ] || { echo "attempt $again was not refused"; exit 1; }
done
kill -0 "$server"

echo "== there is space again"
rm "$data/ballast"
until_true ready_is 200
[ "$(create "full-$number")" = 201 ]
[ "$(create before)" = 201 ]
cmp "$folder/body" "$folder/before"
[ "$(metric 'remit_engine_recovering{partition="1"}')" = 0 ]
status_is() { [ "$(curl -s "$url/v1/payments/$id" -H "Authorization: Bearer $key" | jq -r .status)" = "$1" ]; }
until_true status_is awaiting_authorisation

kill "$server"
wait "$server"
"$remit" verify --data "$data"
