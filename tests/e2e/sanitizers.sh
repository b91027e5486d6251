#!/usr/bin/env bash
# The tests of every folder but the program's own under AddressSanitizer and UBSan, and the simulated worlds of their slow suite,
# more than 50; journal, engine and flows under ThreadSanitizer as well. `--all` takes the whole suites instead, for ./dev prove; the last line is JSON.
set -euo pipefail
cd "$(dirname "$0")/../.."
all=${1:-}
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
export RC_PARAMS=${RC_PARAMS:-seed=1}
export ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1
export UBSAN_OPTIONS=print_stacktrace=1
export TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1
[ -n "$all" ] || export GTEST_FILTER='-*Slow.*'

programs() { ninja -C "build/$1" -t targets all | sed -n 's/^\(remit_[a-z_]*_test\): .*EXECUTABLE.*/\1/p' | sort; }
# Where the build finds a folder that is not there yet it fails, and so does this.
build() {
  cmake --preset "$1" >/dev/null
  mapfile -t targets < <(programs "$1" | grep -E "$2")
  echo "== $1: ${#targets[@]} programs"
  ninja -C "build/$1" "${targets[@]}" "${@:3}" >"$logs/build" || { tail -40 "$logs/build"; exit 1; }
}
run() {
  local preset=$1 target log status=0
  shift
  target=$(basename "$1")
  log=$logs/$preset.$target.$$
  "$@" >"$log" 2>&1 || status=$?
  if [ $status -ne 0 ] || grep -q 'Sanitizer: \|runtime error: ' "$log"; then
    echo "$preset: $* ended with $status"
    grep -B2 -A25 -m1 -E 'Sanitizer|runtime error|Failure|CHECK failed' "$log" || tail -40 "$log"
    return 1
  fi
  sed -n 's/^\[  PASSED  \] \([0-9]*\) test.*/\1/p' "$log" >>"$logs/passed"
}
export -f run
export logs
run_all() {
  # shellcheck disable=SC2016  # expanded by the shell that xargs starts
  printf "build/$1/%s\n" "${targets[@]}" | xargs -P "$(nproc)" -I{} bash -c 'run "$@"' _ "$1" {}
}

everything='.'
[ -n "$all" ] || everything='^remit_(kit|terms|rails|pay|lab)_'
build asan "$everything"
run_all asan
[ -n "$all" ] || GTEST_FILTER='SimulationSlow.*' run asan build/asan/remit_lab_sim_test

[ -n "$all" ] && threads='.' || threads='^remit_kit_(base|sqlite|journal|engine|flow)_'
build tsan "$threads"
run_all tsan

tests=$(awk '{n += $1} END {print n}' "$logs/passed")
printf '{"tests": %d, "findings": 0}\n' "$tests"
