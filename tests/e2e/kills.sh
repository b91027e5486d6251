#!/usr/bin/env bash
# The real server dies 200 times at its own system calls, of every kind that it makes: each time at a write, a sync, a rename
# or a send that was chosen. Books, answers, ledger and events agree all the same.
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
build/dev/remit prove --part kills --faults 200 --faults-per-run 50 --payments 50 --jobs "$(nproc)" --directory "$folder/worlds" \
  --report "$folder/report.jsonl" --json | tee "$folder/out.json"
jq -e '.holds and .deaths >= 200 and (.classes | length) >= 20' "$folder/out.json" >/dev/null
