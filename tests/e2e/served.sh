# shellcheck shell=bash
# Sourced: a real server on plain HTTP beside a model bank whose payer approves everything, and a client of it. Sets
# remit, folder, data, url, client, key and authorities; what it starts ends with the script. What is in server_settings
# before is added to the server's configuration, and sandbox_options to the bank's.

remit=$PWD/build/dev/remit
folder=$(mktemp -d)
data=$folder/world/remit-data
served_processes=()
end_served() {
  local status=$?
  if [ $status -ne 0 ]; then
    echo "the server's last words:"
    tail -n 5 "$folder/serve.log" | cut -c 1-2000
    kill -0 "${served_processes[1]}" 2>/dev/null || echo "the server had ended by itself"
  fi
  for process in "${served_processes[@]}"; do kill "$process" 2>/dev/null || true; done
  wait
  rm -rf "$folder"
}
trap end_served EXIT

# Prints the first line of what a program tells in JSON, once it is there.
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

mkdir "$folder/world"
# More options of the bank, where the script that sources this has set them.
# shellcheck disable=SC2154
"$remit" sandbox --directory "$folder/world" --public-url "http://127.0.0.1:8080" --port 0 --control-port 0 \
  --automatic-payer --json ${sandbox_options[@]+"${sandbox_options[@]}"} >"$folder/sandbox.json" 2>"$folder/sandbox.log" &
served_processes+=($!)
wait_for "the bank" jq -er .config "$folder/sandbox.json" >/dev/null
sed -i 's/^port = .*/port = 0/' "$folder/world/remit.toml"
printf '%s\n' "${server_settings:-}" >>"$folder/world/remit.toml"
# Whoever wants the data on a disk of its own has it made here.
if declare -F prepare_data >/dev/null; then prepare_data; fi
"$remit" serve --config "$folder/world/remit.toml" 2>"$folder/serve.log" >&2 &
served_processes+=($!)
url=$(wait_for "the server" jq -er 'select(.url) | .url' "$folder/serve.log")
client=$("$remit" clients --data "$data" create "Corner shop")
key=$("$remit" clients --data "$data" add-key "$client")
# Who signed the bank's certificate.
authorities=$(sed -n 's/^trusted_authorities = "\(.*\)"/\1/p' "$folder/world/remit.toml" | head -n 1)
export remit folder data url client key authorities
