# shellcheck shell=bash disable=SC2154
# Sourced behind served.sh, whose variables it uses: a client on the command line, how it fails, and a payer with a browser.

fail() { echo "$*"; exit 1; }
export REMIT_API_URL=$url REMIT_API_KEY=$key
cli() { "$remit" "$@" 2>"$folder/said"; }
# Runs a command that must end with this exit code and say this.
ends() {
  local wanted=$1 words=$2 code=0
  shift 2
  "$remit" "$@" >"$folder/printed" 2>"$folder/said" || code=$?
  [ $code = "$wanted" ] || fail "remit $*: exit $code instead of $wanted: $(cat "$folder/said")"
  grep -qF -e "$words" "$folder/said" || fail "remit $*: does not say '$words' but: $(cat "$folder/said")"
}
# The bank's page, which approves, and back.
payer() {
  local back
  back=$(curl -sS --cacert "$authorities" -o /dev/null -w '%{redirect_url}' "$1")
  curl -sS -o /dev/null "$url/callback" -d "${back#*\#}"
}
