#!/usr/bin/env bash
# A counterpart that we did not write: every exchange with the bank, request and response, is replayed through Prism against
# the published OpenAPI description of its version. REMIT_SPECS_DIR names the folder that holds obie/v3.1.11 and obie/v4.0.
set -euo pipefail
cd "$(dirname "$0")/../.."
specs=${REMIT_SPECS_DIR:-../shared/specs}
for version in v3.1.11 v4.0; do
  spec=$specs/obie/$version/payment-initiation-openapi.yaml
  if [ ! -f "$spec" ]; then
    echo "SKIPPED: $spec is not there; set REMIT_SPECS_DIR to a copy of OpenBankingUK/read-write-api-specs"
    exit 77
  fi
done
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
build/dev/remit demo --payments 100 --directory "$folder/demo" --confirm-funds --json
for version in v3.1 v4.0; do
  spec=$specs/obie/${version/v3.1/v3.1.11}/payment-initiation-openapi.yaml
  node tests/e2e/prism_replay.mjs "$prism" "$spec" "/open-banking/$version/pisp" "$folder/demo/exchanges.jsonl"
done
