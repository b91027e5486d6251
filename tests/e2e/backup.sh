#!/usr/bin/env bash
# A backup of a server under the demo's traffic: it comes back, proves itself, equals the beginning of what the server went on
# to do, and starts. Then what must fail: killed half-way, a byte changed. backup_full_disk.sh has the full disk.
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
remit=$PWD/build/dev/remit
data=$folder/demo/remit-data
fail() { echo "$*"; exit 1; }
acts_paused() {
  jq -e '[.data[] | select(.derived | not)] | (map(.paused) | all) and any(.[]; .name | startswith("webhook:")) and length > 4' \
    "$folder/flows.json" >/dev/null
}

"$remit" demo --payments 250 --directory "$folder/demo" --json >"$folder/out.json" &
demo=$!
for _ in $(seq 300); do
  position=$("$remit" journal --data "$data" dump 2>/dev/null | wc -l) || position=0
  [ "$position" -gt 300 ] && break
  sleep 0.1
done
"$remit" backup "$folder/backup" --data "$data" --json | tee "$folder/backup.out"
[ "$(stat -c %a "$folder/backup")" = 700 ] || fail "others may read the backup"
[ -z "$(find "$folder/backup" -perm /077 ! -name 'heads*')" ] || fail "others may read files of the backup"
wait $demo
jq -e '.holds and .verified' "$folder/out.json" >/dev/null

echo "== it comes back and proves itself"
"$remit" restore "$folder/backup" --data "$folder/restored"
"$remit" verify --data "$folder/restored" | tee "$folder/verify.txt"
grep -q "ok   signed heads: .* are in the chain" "$folder/verify.txt"
grep -q "ok   ledger in GBP" "$folder/verify.txt"
for partition in 0 1; do
  "$remit" journal --data "$data" --partition $partition dump >"$folder/all.$partition"
  "$remit" journal --data "$folder/restored" --partition $partition dump >"$folder/back.$partition"
  lines=$(wc -l <"$folder/back.$partition")
  cmp <(head -n "$lines" "$folder/all.$partition") "$folder/back.$partition"
done
[ "$(wc -l <"$folder/back.1")" -gt 300 ] || fail "the backup was made before the traffic"
[ "$(wc -l <"$folder/back.1")" -lt "$(wc -l <"$folder/all.1")" ] || fail "the backup was made after the traffic"

echo "== it starts, paused"
sed "s/^port = .*/port = 0/" "$folder/demo/remit.toml" >"$folder/remit.toml"
"$remit" serve --config "$folder/remit.toml" --data "$folder/restored" 2>"$folder/serve.log" &
server=$!
for _ in $(seq 100); do
  # A flow says that it is paused once it has read its state; that of the webhook begins when the lists have come to it.
  "$remit" flows --data "$folder/restored" --json list >"$folder/flows.json" 2>/dev/null &&
    acts_paused && break
  sleep 0.1
done
acts_paused
"$remit" flows --data "$folder/restored" resume --all
for _ in $(seq 100); do
  "$remit" flows --data "$folder/restored" --json list | jq -e '[.data[].paused] | any | not' >/dev/null && break
  sleep 0.1
done
"$remit" flows --data "$folder/restored" --json list | jq -e '[.data[].paused] | any | not' >/dev/null
# There is no bank any more.
"$remit" flows --data "$folder/restored" pause --all >/dev/null
id=$("$remit" payments --data "$folder/restored" --json list --limit 1 | jq -r '.data[0].id')
grep -q "$id" "$folder/back.1"
kill $server
wait $server
"$remit" verify --data "$folder/restored" >/dev/null

echo "== back to a position"
"$remit" restore "$folder/backup" --data "$folder/earlier" --to-position 1=200 2>"$folder/cut.txt"
grep "CUT" "$folder/cut.txt"
"$remit" verify --data "$folder/earlier" >/dev/null
"$remit" journal --data "$folder/earlier" dump >"$folder/earlier.1"
cmp <(head -n "$(wc -l <"$folder/earlier.1")" "$folder/all.1") "$folder/earlier.1"

echo "== what is no backup"
cp -r "$folder/backup" "$folder/unfinished"
rm "$folder/unfinished/backup.json"
if "$remit" restore "$folder/unfinished" --data "$folder/none" 2>"$folder/no.txt"; then fail "restored from half a backup"; fi
grep "not_a_backup" "$folder/no.txt"
printf 'x' | dd of="$folder/backup/journal/journal.db" bs=1 seek=20000 conv=notrunc status=none
if "$remit" restore "$folder/backup" --data "$folder/none" 2>"$folder/no.txt"; then fail "restored a changed file"; fi
grep "backup_damaged" "$folder/no.txt"
[ ! -e "$folder/none" ] || fail "a refused restore left something"

echo "== killed half-way"
"$remit" serve --config "$folder/remit.toml" --data "$folder/restored" 2>>"$folder/serve.log" &
server=$!
for _ in $(seq 600); do
  "$remit" flows --data "$folder/restored" list >/dev/null 2>&1 && break
  sleep 0.1
done
# Keys enough that the copy takes its time.
mkdir -p "$folder/restored/keys/data/zz"
for i in $(seq 20000); do echo "$i"; done | (cd "$folder/restored/keys/data/zz" && split -l 1 -a 4)
"$remit" backup "$folder/killed" --data "$folder/restored" 2>"$folder/no.txt" &
backup=$!
for _ in $(seq 15000); do
  [ -e "$folder/killed/keys/data/zz/xaaa" ] || [ -e "$folder/killed/keys" ] && break
  sleep 0.002
done
kill -9 $server
wait $server 2>/dev/null || true
if wait $backup; then fail "a backup of a killed server succeeded"; fi
grep "not finished" "$folder/no.txt"
if "$remit" restore "$folder/killed" --data "$folder/none" 2>"$folder/no.txt"; then fail "restored from half a backup"; fi
grep "not_a_backup" "$folder/no.txt"
