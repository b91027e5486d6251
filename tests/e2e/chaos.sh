#!/usr/bin/env bash
# The server is killed with -9 at random moments and restarted: the same table, the same zeros.
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
build/dev/remit demo --chaos --runs 2 --payments 80 --directory "$folder/demo" --json | tee "$folder/out.json"
jq -e -s 'length == 2 and all(.holds and .verified and .kills > 0)' "$folder/out.json" >/dev/null
