#!/usr/bin/env bash
# A second opinion on IBANs: 100,000 generated and mutated numbers, of every country, judged by npm's ibantools as well.
set -euo pipefail
cd "$(dirname "$0")/../.."
if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
  echo "SKIPPED: node and npm are needed; ./dev setup installs them"
  exit 77
fi
if [ ! -d build/ibantools/node_modules/ibantools ]; then
  npm install --silent --no-audit --no-fund --prefix build/ibantools ibantools@4.5.4
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
node tests/e2e/iban_numbers.cjs "$PWD/build/ibantools/node_modules/ibantools" 100000 "$folder/numbers" "$folder/expected"
build/dev/remit validate --json - <"$folder/numbers" >"$folder/said" || true
jq -r .valid "$folder/said" >"$folder/verdicts"
paste "$folder/numbers" "$folder/expected" "$folder/verdicts" | awk -F'\t' '$2 != $3' >"$folder/differences"
head "$folder/differences"
echo "$(wc -l <"$folder/verdicts") numbers, $(grep -c true "$folder/expected") valid, $(wc -l <"$folder/differences") judged differently"
[ "$(wc -l <"$folder/verdicts")" -eq 100000 ] && [ ! -s "$folder/differences" ]
