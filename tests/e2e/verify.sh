#!/usr/bin/env bash
# A byte of the journal, changed by hand, is found and its commit named; so is a row of a read model.
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
remit=$PWD/build/dev/remit
"$remit" demo --payments 20 --directory "$folder/demo" --json >/dev/null
data=$folder/demo/remit-data
"$remit" verify --data "$data"

echo "== a byte in the middle of the journal"
cp -r "$data" "$folder/damaged"
row=$(sqlite3 "$data/journal/journal.db" "SELECT id FROM commits WHERE partition = 1 ORDER BY id LIMIT 1 OFFSET 20")
position=$(sqlite3 "$data/journal/journal.db" "SELECT first_position FROM commits WHERE id = $row")
sqlite3 "$folder/damaged/journal/journal.db" \
  "UPDATE commits SET body = substr(body, 1, length(body) - 3) || x'5a' || substr(body, -2) WHERE id = $row"
if "$remit" verify --data "$folder/damaged" --json >"$folder/out.json"; then
  echo "the damage was not found"
  exit 1
fi
cat "$folder/out.json"
grep -q "positions $position to" "$folder/out.json" || grep -q "commit 21 " "$folder/out.json"

echo "== the end of the journal, cut off"
cp -r "$data" "$folder/cut"
cp "$data/heads.jsonl" "$data/heads.pub" "$folder/"
last=$(sqlite3 "$data/journal/journal.db" "SELECT max(id) FROM commits WHERE partition = 1")
sqlite3 "$folder/cut/journal/journal.db" "DELETE FROM commits WHERE partition = 1 AND id > $last - 3"
for heads in "" "--heads $folder/heads.jsonl --heads-key $folder/heads.pub"; do
  # shellcheck disable=SC2086
  if "$remit" verify --data "$folder/cut" $heads >"$folder/out.txt" 2>&1; then
    echo "the cut was not found"
    exit 1
  fi
  grep "FAIL signed heads: truncated: signed head at position" "$folder/out.txt"
done
# Without the heads in its data directory nobody would know: the exported copy does.
rm "$folder/cut/heads.jsonl"
if "$remit" verify --data "$folder/cut" --heads "$folder/heads.jsonl" >"$folder/out.txt" 2>&1; then
  echo "the cut was not found by the copy"
  exit 1
fi
grep "FAIL signed heads: truncated" "$folder/out.txt"
cp "$folder/heads.jsonl" "$folder/cut/heads.jsonl"
timeout -s KILL 30 "$remit" serve --config "$folder/demo/remit.toml" --data "$folder/cut" >"$folder/out.txt" 2>&1 || true
grep "journal_contradicts_heads" "$folder/out.txt"

echo "== a row of the read model"
cp -r "$data" "$folder/stale"
sqlite3 "$folder/stale/read-models/partition-1.db" \
  "UPDATE payments SET state = 10 WHERE id = (SELECT id FROM payments LIMIT 1)"
if "$remit" verify --data "$folder/stale" >"$folder/out.txt"; then
  echo "the changed row was not found"
  exit 1
fi
grep "FAIL read model" "$folder/out.txt"

echo "== a server that runs"
cp -r "$data" "$folder/live"
"$remit" serve --config "$folder/demo/remit.toml" --data "$folder/live" >"$folder/serve.txt" 2>&1 &
server=$!
for _ in $(seq 100); do
  [ -S "$folder/live/admin.sock" ] && break
  sleep 0.1
done
mkdir "$folder/copies"
TMPDIR=$folder/copies "$remit" verify --data "$folder/live" >"$folder/out.txt" || { cat "$folder/out.txt" "$folder/serve.txt"; exit 1; }
grep "ok   snapshot" "$folder/out.txt"
grep "ok   ledger in GBP" "$folder/out.txt"
[ -z "$(ls "$folder/copies")" ]
kill "$server"
wait "$server"
