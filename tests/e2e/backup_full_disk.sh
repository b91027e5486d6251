#!/usr/bin/env bash
# A backup of a running server to a disk that is too small: it fails, leaves nothing, and the server goes on.
set -euo pipefail
cd "$(dirname "$0")/../.."
if ! unshare -rm true 2>/dev/null; then
  echo "no mount namespaces here: no small disk can be mounted"
  exit 77
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
remit=$PWD/build/dev/remit
"$remit" demo --payments 20 --directory "$folder/demo" --json >"$folder/out.json"
sed "s/^port = .*/port = 0/" "$folder/demo/remit.toml" >"$folder/remit.toml"
cat >"$folder/full.sh" <<'INNER'
set -euo pipefail
data=$folder/demo/remit-data
mkdir "$folder/small"
mount -t tmpfs -o size=256k none "$folder/small"
"$remit" serve --config "$folder/remit.toml" --data "$data" 2>"$folder/serve.log" &
server=$!
trap 'kill "$server" 2>/dev/null || true' EXIT
for _ in $(seq 100); do
  "$remit" flows --data "$data" list >/dev/null 2>&1 && break
  sleep 0.1
done
if "$remit" backup "$folder/small/backup" --data "$data" 2>"$folder/no.txt"; then
  echo "a backup that does not fit succeeded"
  exit 1
fi
grep "disk_full" "$folder/no.txt"
[ -z "$(ls "$folder/small")" ] || { echo "it left something: $(ls "$folder/small")"; exit 1; }
"$remit" payments --data "$data" list --limit 1 >/dev/null
kill $server
wait $server
INNER
export folder remit
unshare -rm bash "$folder/full.sh"
"$remit" verify --data "$folder/demo/remit-data" >/dev/null
