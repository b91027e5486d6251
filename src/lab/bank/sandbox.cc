#include "lab/bank/sandbox.h"

#include "kit/base/durable_file.h"
#include "kit/base/hash.h"
#include "lab/bank/jws.h"

namespace remit::lab::bank {
namespace {

constexpr std::size_t kPemBytesMax = 64 * 1024;
constexpr std::size_t kAccounts = 50;
constexpr std::int64_t kBalanceMinor = 10'000'000;
constexpr std::string_view kOrganisation = "0015800001SandboxTPP";
constexpr std::string_view kSoftware = "sandboxTPP";
constexpr std::string_view kKeystore =
    "https://keystore.sandbox.invalid/0015800001SandboxTPP/sandboxTPP.jwks";

Result<PrivateKey> directory_key(const std::string& path) {
  if (const auto there = read_file(path, kPemBytesMax))
    return PrivateKey::from_pem(as_text(*there));
  PrivateKey made = PrivateKey::generate_rsa();
  if (auto written = write_file_durably(path, as_bytes(made.to_pem()), 0600); !written) {
    return std::unexpected(written.error());
  }
  return made;
}

/// In the form of the Open Banking Directory's.
json::object statement_claims(const std::vector<std::string>& redirect_uris, Timestamp now) {
  json::array uris;
  for (const std::string& uri : redirect_uris) uris.emplace_back(uri);
  return {{"iss", "Remit Sandbox Directory"},
          {"iat", numeric_date(now)},
          {"jti", to_hex(view_of(sha256(as_bytes(to_rfc3339(now))))).substr(0, 32)},
          {"org_id", kOrganisation},
          {"org_name", "Remit Sandbox"},
          {"org_status", "Active"},
          {"software_id", kSoftware},
          {"software_client_id", kSoftware},
          {"software_client_name", "Remit"},
          {"software_environment", "sandbox"},
          {"software_mode", "Test"},
          {"software_roles", json::array{"PISP"}},
          {"software_redirect_uris", std::move(uris)},
          {"software_jwks_endpoint", kKeystore}};
}

}  // namespace

Result<Sandbox> write_sandbox(const std::string& directory, std::vector<std::string> redirect_uris,
                              Timestamp now) {
  Sandbox sandbox;
  sandbox.pki = TRY(ensure_sandbox_pki(directory, now));
  const Bytes signing = TRY(read_file(sandbox.pki.tpp_signing_certificate(), kPemBytesMax));
  const Bytes transport = TRY(read_file(sandbox.pki.transport_certificate(), kPemBytesMax));
  const PublicKey signing_key = TRY(PublicKey::from_pem(as_text(signing)));
  sandbox.tpp_signing_kid = signing_key.thumbprint();
  auto written = write_file_durably(directory + "/tpp-signing.kid",
                                    as_bytes(sandbox.tpp_signing_kid + "\n"), 0600);
  if (!written) return std::unexpected(written.error());

  RegisteredClient client;
  client.client_id = sandbox.client_id;
  client.name = "Remit";
  client.signing_keys.add(sandbox.tpp_signing_kid, signing_key);
  client.redirect_uris = redirect_uris;
  client.certificate_thumbprint = TRY(certificate_thumbprint(as_text(transport)));
  client.signature_issuer = sandbox.signature_issuer;
  BankOptions& options = sandbox.options;
  options.tls = {sandbox.pki.server_certificate(), sandbox.pki.server_key(),
                 sandbox.pki.authority_certificate()};
  options.signing_key_file = sandbox.pki.bank_signing_key();

  const PrivateKey directory_signing = TRY(directory_key(directory + "/directory-signing.key"));
  const std::string directory_kid = directory_signing.public_key().thumbprint();
  options.directory.signing_keys.add(directory_kid, directory_signing.public_key());
  options.directory.software[std::string(kKeystore)] = {client.signing_keys,
                                                        client.certificate_thumbprint};
  options.clients.push_back(std::move(client));
  sandbox.software_statement_file = directory + "/software-statement.jwt";
  const std::string statement =
      sign_jwt(statement_claims(redirect_uris, now), directory_signing, directory_kid);
  written = write_file_durably(sandbox.software_statement_file, as_bytes(statement + "\n"), 0600);
  if (!written) return std::unexpected(written.error());
  options.accounts = sandbox_accounts(kAccounts, kBalanceMinor);
  options.payees = sandbox_payees();
  return sandbox;
}

}  // namespace remit::lab::bank
