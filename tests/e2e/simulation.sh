#!/usr/bin/env bash
# The simulated world: what failed once, fifty seeds twice, fresh seeds for REMIT_SIM_SECONDS (240) and at least REMIT_SIM_WORLDS
# (1000) of them, which together must reach every rare state, and 20,000 payments at a bank that gives no answer to three calls in
# ten. The first fresh seed follows from the day and the commit and is printed, so that whoever sees a failure can run it again;
# no day runs the seeds of another.
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
remit=build/dev/remit
jobs=$(nproc)
"$remit" sim --kept tests/corpus/sim/seeds.txt
commit=$(git rev-parse --short=6 HEAD 2>/dev/null || echo 000000)
first=$((($(date -u +%s) / 86400) * 100000000 + 16#$commit % 100 * 1000000))
echo "fresh seeds from $first on"
if ! "$remit" sim --seed "$first" --seeds 50 --twice --jobs "$jobs" --json >"$folder/twice.json"; then
  # Again for whoever reads the log; what was found is found, even if this time it does not show.
  "$remit" sim --seed "$first" --seeds 50 --twice || true
  exit 1
fi
seconds=${REMIT_SIM_SECONDS:-240}
"$remit" sim --seed $((first + 50)) --seconds $((seconds / 2)) --jobs "$jobs" --json >"$folder/whole.json"
# Worlds whose faults end early take half of the time: in as many seconds they have most of the seeds.
"$remit" sim --seed $((first + 500000)) --seconds $((seconds / 2)) --jobs "$jobs" --turns 150 --json >"$folder/short.json"
# Also where a machine is slow there are a thousand.
worlds=$(jq -s 'map(.worlds) | add' "$folder"/{twice,whole,short}.json)
missing=$((${REMIT_SIM_WORLDS:-1000} - worlds))
echo '{"worlds":0,"crashes":0,"executed":0,"failed":[],"sometimes":{}}' >"$folder/rest.json"
if ((missing > 0)); then
  "$remit" sim --seed $((first + 900000)) --seeds "$missing" --jobs "$jobs" --turns 150 --json >"$folder/rest.json"
fi
jq -s '[.[].sometimes | to_entries[]] | group_by(.key) | map({key: .[0].key, value: (map(.value) | add)}) | from_entries' \
  "$folder"/{twice,whole,short,rest}.json | tee "$folder/sometimes.json"
jq -sc '{worlds: map(.worlds), crashes: map(.crashes) | add, executed: map(.executed) | add, failed: map(.failed | length) | add}' \
  "$folder"/{twice,whole,short,rest}.json
if ! jq -e 'all(.[]; . > 0)' "$folder/sometimes.json" >/dev/null; then
  echo "never reached: $(jq -r '[to_entries[] | select(.value == 0) | .key] | join(", ")' "$folder/sometimes.json")"
  exit 1
fi

"$remit" sim --seed "$first" --seeds 76 --payments 400 --turns 2400 --unknown 300 --jobs "$jobs" --json \
  --without split,pause,clock,append,checkpoints,read_model,network,partition,events,quirks,receiver,disk |
  jq -ce '{worlds, handed_over, unknown, executed, failed}, (.failed == [] and .handed_over >= 20000 and .unknown * 4 >= .handed_over)'
