# shellcheck shell=bash
# Sourced: a real server on plain HTTP beside a model bank whose payer approves everything, and a client of it. Sets what
# processes.sh does and server (the process), data, url, client, key and authorities; what it starts ends with the script. What
# is in server_settings before is added to the server's configuration, and sandbox_options to the bank's.

# shellcheck source=tests/e2e/processes.sh
. tests/e2e/processes.sh
data=$folder/world/remit-data
server=
# usage: end_served STATUS, that the script ended with
end_served() {
  if [ "$1" -ne 0 ] && [ -n "$server" ]; then
    echo "the server's last words:"
    tail -n 5 "$folder/serve.log" | cut -c 1-2000
    kill -0 "$server" 2>/dev/null || echo "the server had ended by itself"
  fi
  end_processes
}
# A trap that does more has to call it.
trap 'end_served $?' EXIT

mkdir "$folder/world"
# More options of the bank, where the script that sources this has set them.
# shellcheck disable=SC2154
start "$remit" sandbox --directory "$folder/world" --public-url "http://127.0.0.1:8080" --port 0 --control-port 0 \
  --automatic-payer --json ${sandbox_options[@]+"${sandbox_options[@]}"} >"$folder/sandbox.json" 2>"$folder/sandbox.log"
wait_for "the bank" jq -er .config "$folder/sandbox.json" >/dev/null
sed -i 's/^port = .*/port = 0/' "$folder/world/remit.toml"
printf '%s\n' "${server_settings:-}" >>"$folder/world/remit.toml"
# Whoever wants the data on a disk of its own has it made here.
if declare -F prepare_data >/dev/null; then prepare_data; fi
start "$remit" serve --config "$folder/world/remit.toml" 2>"$folder/serve.log" >&2
server=$!
url=$(wait_for "the server" jq -er 'select(.url) | .url' "$folder/serve.log")
client=$("$remit" clients --data "$data" create "Corner shop")
key=$("$remit" clients --data "$data" add-key "$client")
# Who signed the bank's certificate.
authorities=$(sed -n 's/^trusted_authorities = "\(.*\)"/\1/p' "$folder/world/remit.toml" | head -n 1)
export remit folder data url client key authorities
