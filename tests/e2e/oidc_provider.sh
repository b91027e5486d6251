#!/usr/bin/env bash
# An authorisation server that we did not write: npm's oidc-provider under FAPI 1.0 Final, with domestic payments beside it
# whose messages npm's jose signs and checks. A real server takes payments through it to settled money, and refuses whatever
# the bank is made to say wrongly, each for its own reason. Then its certificate is replaced while it runs.
set -euo pipefail
cd "$(dirname "$0")/../.."
node_major_min=20
if ! command -v node >/dev/null || ! command -v npm >/dev/null ||
    [ "$(node -p 'process.versions.node.split(".")[0]')" -lt "$node_major_min" ]; then
  echo "SKIPPED: npm and node of version $node_major_min or later are needed"
  exit 77
fi
modules=$PWD/build/oidc/node_modules
if [ ! -d "$modules/oidc-provider" ] || [ ! -d "$modules/jose" ]; then
  npm install --silent --no-audit --no-fund --prefix build/oidc oidc-provider@9.8.6 jose@6.2.3
fi
# shellcheck source=tests/e2e/processes.sh
. tests/e2e/processes.sh

make_authority() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=$1" \
    -keyout "$folder/$1-key.pem" -out "$folder/$1.pem" 2>/dev/null
}
# usage: make_certificate NAME AUTHORITY EXTENSION [DAYS]
make_certificate() {
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$1" -keyout "$folder/$1-key.pem" \
    -out "$folder/$1.csr" 2>/dev/null
  openssl x509 -req -in "$folder/$1.csr" -CA "$folder/$2.pem" -CAkey "$folder/$2-key.pem" -days "${4:-2}" -CAcreateserial \
    -extfile <(echo "$3") -out "$folder/$1.pem" 2>/dev/null
}
make_authority authority
make_certificate bank authority "subjectAltName=IP:127.0.0.1"
make_authority stranger-authority
make_certificate stranger stranger-authority "subjectAltName=IP:127.0.0.1"
make_certificate tpp authority "extendedKeyUsage=clientAuth"
make_authority new-authority
make_certificate tpp-new new-authority "extendedKeyUsage=clientAuth" 3
openssl genrsa -out "$folder/tpp-signing-key.pem" 2048 2>/dev/null
openssl rsa -in "$folder/tpp-signing-key.pem" -pubout -out "$folder/tpp-signing.pem" 2>/dev/null
chmod 600 "$folder"/*-key.pem

# Nobody listens there: the script itself delivers what the bank sends to it.
public_url=https://shop.example
MODULES=$modules start node tests/e2e/oidc_bank.mjs "$folder" "$public_url/callback" >"$folder/bank.json" 2>"$folder/bank.log"
issuer=$(wait_for "the bank" jq -er .bank "$folder/bank.json")
stranger=$(jq -er .stranger "$folder/bank.json")

# usage: bank_section NAME ISSUER
bank_section() {
  cat <<TOML

[[banks]]
name = "$1"
issuer = "$2"
api_url = "$2/open-banking/v4.0/pisp"
client_id = "remit-client"
signature_issuer = "tpp-organisation/tpp-software"
bank_signature_issuer = "bank-organisation"
signing_key = "$folder/tpp-signing-key.pem"
signing_key_id = "tpp-1"
transport_certificate = "$folder/tpp.pem"
transport_key = "$folder/tpp-key.pem"
trusted_authorities = "$folder/authority.pem"
TOML
}

cat >"$folder/remit.toml" <<TOML
[http]
port = 0
public_url = "$public_url"
address_requests_per_second_max = 0

[clients]
key_requests_per_second_max = 0

[data]
directory = "$folder/remit-data"
TOML
{
  bank_section bank "$issuer"
  bank_section stranger "$stranger"
} >>"$folder/remit.toml"
start "$remit" serve --config "$folder/remit.toml" 2>"$folder/serve.log" >&2
serving=$!
url=$(wait_for "the server" jq -er 'select(.url) | .url' "$folder/serve.log")
client=$("$remit" clients --data "$folder/remit-data" create "Corner shop")
key=$("$remit" clients --data "$folder/remit-data" add-key "$client")

end_badly() {
  cat "$folder/bank.log"
  grep -v '"level":"info"' "$folder/serve.log"
  exit 1
}
node tests/e2e/oidc_scenario.mjs "$url" "$key" "$folder/authority.pem" "$public_url/callback" "$issuer" "$remit" \
  "$folder/remit-data" || end_badly
# New keys seal the payments from here on; the unknown ones of before go on with theirs.
"$remit" keys --data "$folder/remit-data" rotate
"$remit" keys --data "$folder/remit-data" rotate-master
node tests/e2e/oidc_rotation.mjs "$url" "$key" "$folder" "$public_url/callback" "$issuer" "$serving" || end_badly
doctor=$("$remit" doctor --config "$folder/remit.toml" || true)
grep -q "^FAIL certificates for bank bank: RENEW before" <<<"$doctor" || {
  echo "remit doctor does not tell that a certificate ends soon: $doctor"
  exit 1
}

# Nothing that opens an account lies in clear on the disk, nor in the log.
curl -s --cacert "$folder/authority.pem" "$issuer/secrets" | jq -er '.issued[]' >"$folder/secrets"
grep -rqaF "INVOICE 1" "$folder/remit-data" || { echo "the data directory was not searched"; exit 1; }
if grep -rlaF -f "$folder/secrets" "$folder/remit-data" "$folder/serve.log"; then
  echo "these hold a token or code in clear"
  exit 1
fi
echo "none of $(wc -l <"$folder/secrets") tokens and codes lies in clear on the disk"
