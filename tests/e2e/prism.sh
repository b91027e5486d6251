#!/usr/bin/env bash
# A counterpart that we did not write: every exchange with the bank, request and response, is replayed through Prism against
# the published OpenAPI description. REMIT_SPECS_DIR names the folder that holds obie/v4.0.
set -euo pipefail
cd "$(dirname "$0")/../.."
specs=${REMIT_SPECS_DIR:-../shared/specs}
spec=$specs/obie/v4.0/payment-initiation-openapi.yaml
if [ ! -f "$spec" ]; then
  echo "SKIPPED: $spec is not there; set REMIT_SPECS_DIR to a copy of OpenBankingUK/read-write-api-specs"
  exit 77
fi
if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
  echo "SKIPPED: node and npm are needed; ./dev setup installs them"
  exit 77
fi
prism=$PWD/build/prism/node_modules/.bin/prism
if [ ! -x "$prism" ]; then
  npm install --silent --no-audit --no-fund --prefix build/prism @stoplight/prism-cli@5.14.2
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
build/dev/remit demo --payments 60 --directory "$folder/demo" --json
node tests/e2e/prism_replay.mjs "$prism" "$spec" "$folder/demo/exchanges.jsonl"
