#!/usr/bin/env bash
# The main job on real processes: HTTPS, faults on, and the bank's books equal to the ledger; then proved by `remit verify`.
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
build/dev/remit demo --payments 120 --directory "$folder/demo" --json >"$folder/out.json"
jq . "$folder/out.json"
jq -e '.holds and .verified and .comparison.payments == 120 and .comparison.doubled == 0 and .comparison.lost == 0
       and .comparison.unresolved == 0 and .comparison.bank_executed.count > 60' "$folder/out.json" >/dev/null
# Faults were on: some submissions never heard an answer.
jq -e -s 'map(select(.request.path | endswith("/domestic-payments"))) | any(.response == null)' \
  "$folder/demo/exchanges.jsonl" >/dev/null
