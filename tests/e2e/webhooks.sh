#!/usr/bin/env bash
# 100,000 deliveries to a receiver that fails 30 % of the time in every way, the server killed with -9 in the middle: each
# event arrives, in the order of its subject, with signatures that npm's standardwebhooks verifies.
# usage: webhooks.sh [EVENTS]
set -euo pipefail
cd "$(dirname "$0")/../.."
if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
  echo "SKIPPED: node and npm are needed; ./dev setup installs them"
  exit 77
fi
if [ ! -d build/standardwebhooks/node_modules/standardwebhooks ]; then
  npm install --silent --no-audit --no-fund --prefix build/standardwebhooks standardwebhooks@1.0.0
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
node tests/e2e/webhook_receiver.cjs "$PWD/build/standardwebhooks/node_modules/standardwebhooks" \
  "$PWD/build/${REMIT_BUILD:-dev}/remit" "$folder" "${1:-100000}"
"$PWD/build/${REMIT_BUILD:-dev}/remit" verify --data "$folder/remit-data"
