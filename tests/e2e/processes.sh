# shellcheck shell=bash
# Sourced: a folder of the script's own, the programs that it starts, and how it waits for what they say. Sets remit, folder and
# processes; all of it ends with the script.

# shellcheck disable=SC2034  # for who sources this
remit=$PWD/build/${REMIT_BUILD:-dev}/remit
folder=$(mktemp -d)
processes=()
# Starts a program beside the script and remembers it; $! is its id. What it prints goes where the call is redirected.
start() {
  "$@" &
  processes+=($!)
}
end_processes() {
  local process
  for process in "${processes[@]}"; do kill "$process" 2>/dev/null || true; done
  wait
  rm -rf "$folder"
}
trap end_processes EXIT

# Prints what a program says, once it succeeds and says something.
wait_for() {
  local what=$1 try
  shift
  for try in $(seq 200); do
    "$@" >"$folder/waited" 2>/dev/null && [ -s "$folder/waited" ] && { cat "$folder/waited"; return 0; }
    sleep 0.05
  done
  echo "$what did not come after $try looks" >&2
  cat "$folder"/*.log >&2
  return 1
}
# Runs a program until it succeeds, for two minutes.
until_true() {
  local try
  for try in $(seq 2400); do
    if "$@"; then return 0; fi
    sleep 0.05
  done
  echo "after $try looks still not: $*" >&2
  return 1
}
# A program that must fail, and say this.
fails_with() {
  local reason=$1
  shift
  if "$@" >"$folder/refused" 2>&1; then
    echo "was not refused: $*"
    exit 1
  fi
  grep -q "$reason" "$folder/refused" || { cat "$folder/refused"; exit 1; }
  echo "refused: $reason"
}
