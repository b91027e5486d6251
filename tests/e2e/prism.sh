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
replay() {
  local version=$1 path=$2
  build/dev/remit demo --payments 60 --directory "$folder/$version" --standard "$version" --confirm-funds --json
  node tests/e2e/prism_replay.mjs "$prism" "$specs/obie/v${version}/payment-initiation-openapi.yaml" \
    "/open-banking/$path/pisp" "$folder/$version/exchanges.jsonl"
}
replay 4.0 v4.0
replay 3.1.11 v3.1
