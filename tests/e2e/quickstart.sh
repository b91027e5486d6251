#!/usr/bin/env bash
# Pastes every block of docs/quickstart.md behind the build into one shell, and times it.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
folder=$(mktemp -d)
trap 'pkill -KILL -f "$folder" 2>/dev/null || true; rm -rf "$folder"' EXIT
free_port() { node -e 'const s=require("net").createServer().listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})'; }
port=$(free_port)
# The same words on ports of our own: others may test on this machine.
awk '/^## A bank/ {on = 1} /^## From here/ {on = 0} /^```/ {inside = !inside; next} on && inside' docs/quickstart.md |
  sed -e "s#--automatic-payer#--automatic-payer --public-url https://127.0.0.1:$port --port $(free_port) --control-port $(free_port)#" \
    -e "s#127.0.0.1:8443#127.0.0.1:$port#" >"$folder/quickstart.sh"
begun=$(date +%s)
(cd "$folder" && PATH="$root/build/${REMIT_BUILD:-dev}:$PATH" timeout 120 bash quickstart.sh) | tee "$folder/out"
echo "the quickstart took $(($(date +%s) - begun)) s"
grep -q '"status": "settled"' "$folder/out"
grep -q '"refunded_amount": 500' "$folder/out"
grep -q 'payment.settled.v1' "$folder/out"
grep -q 'ok   ledger in GBP' "$folder/out"
if grep FAIL "$folder/out"; then exit 1; fi
