#!/usr/bin/env bash
# A counterpart that we did not write: every exchange with the bank, request and response, is replayed through Prism against
# the published OpenAPI description of its version: payments, events that are polled, and events that the bank pushes.
# REMIT_SPECS_DIR names the folder that holds obie/v3.1.11 and obie/v4.0.
set -euo pipefail
cd "$(dirname "$0")/../.."
specs=${REMIT_SPECS_DIR:-../shared/specs}
for version in v3.1.11 v4.0; do
  for api in payment-initiation events event-notifications; do
    spec=$specs/obie/$version/$api-openapi.yaml
    if [ ! -f "$spec" ]; then
      echo "SKIPPED: $spec is not there; set REMIT_SPECS_DIR to a copy of OpenBankingUK/read-write-api-specs"
      exit 77
    fi
  done
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

# replay API VERSION GROUP EXCHANGES [PATHS]
replay() {
  local release=${2/v3.1/v3.1.11}
  echo "== $1 $release"
  node tests/e2e/prism_replay.mjs "$prism" "$specs/obie/$release/$1-openapi.yaml" "/open-banking/$2$3" "$4/exchanges.jsonl" "${@:5}"
}

# subscription_life VERSION DIRECTORY: made, changed and ended, by three configurations of one server.
subscription_life() {
  build/dev/remit sandbox --directory "$2" --standard "$1" --port 0 --control-port 0 --record --json >/dev/null &
  local bank=$! events
  until [ -s "$2/remit.toml" ]; do sleep 0.1; done
  sed -i 's/^port = .*/port = 0/' "$2/remit.toml"
  for events in poll push none; do
    sed -i "s/^events = .*/events = \"$events\"/" "$2/remit.toml"
    timeout 2 build/dev/remit serve --config "$2/remit.toml" >/dev/null 2>&1 || true
  done
  kill "$bank"
  wait "$bank"
}

build/dev/remit demo --payments 100 --directory "$folder/demo" --confirm-funds --json
for version in v3.1 v4.0; do
  replay payment-initiation "$version" /pisp "$folder/demo"
  standard=${version#v}
  for events in poll push; do
    world=$folder/$version-$events
    build/dev/remit demo --payments 12 --directory "$world" --standard "${standard/3.1/3.1.11}" --events "$events" --json
    replay events "$version" "" "$world" '^/event(s|-subscriptions)(/|$)'
  done
  replay event-notifications "$version" "" "$world" '^/event-notifications$'
  subscription_life "${standard/3.1/3.1.11}" "$folder/$version-life"
  replay events "$version" "" "$folder/$version-life" '^/event(s|-subscriptions)(/|$)' | tee "$folder/seen"
  for call in POST PUT DELETE; do grep -q "$call /event-subscriptions" "$folder/seen"; done
done
