#!/usr/bin/env bash
# The real server meets errors of its disk and its connections, of every kind, once and for a while: it refuses, or ends with
# its code and comes back by a restart, and nothing that it acknowledged is lost.
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
build/dev/remit prove --part errors --faults 60 --faults-per-run 30 --payments 50 --jobs "$(nproc)" --directory "$folder/worlds" \
  --report "$folder/report.jsonl" --json | tee "$folder/out.json"
jq -e '.holds and .faults >= 60 and .deaths > 0 and (.classes | length) >= 15' "$folder/out.json" >/dev/null
