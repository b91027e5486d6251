#!/usr/bin/env bash
# The simulated world: what failed once, fifty seeds twice, and fresh seeds for REMIT_SIM_SECONDS (240), which together must
# reach every rare state. The first fresh seed follows from the day and the commit and is printed, so that whoever sees a
# failure can run it again; no day runs the seeds of another.
set -euo pipefail
cd "$(dirname "$0")/../.."
remit=build/dev/remit
jobs=$(nproc)
"$remit" sim --kept tests/corpus/sim/seeds.txt
commit=$(git rev-parse --short=6 HEAD 2>/dev/null || echo 000000)
first=$((($(date -u +%s) / 86400) * 100000000 + 16#$commit % 100 * 1000000))
echo "fresh seeds from $first on"
"$remit" sim --seed "$first" --seeds 50 --twice --jobs "$jobs" >/dev/null || "$remit" sim --seed "$first" --seeds 50 --twice
"$remit" sim --seed $((first + 50)) --seconds "${REMIT_SIM_SECONDS:-240}" --jobs "$jobs" --every-rare-state
