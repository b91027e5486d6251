#!/usr/bin/env bash
# Tests of the tests: every planted bug is caught by what is recorded for it.
set -euo pipefail
cd "$(dirname "$0")/../.."
exec tools/run_planted
