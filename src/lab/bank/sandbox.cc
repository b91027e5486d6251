#include "lab/bank/sandbox.h"

#include "kit/base/durable_file.h"

namespace remit::lab::bank {
namespace {

constexpr std::size_t kPemBytesMax = 64 * 1024;
constexpr std::size_t kAccounts = 50;
constexpr std::int64_t kBalanceMinor = 10'000'000;

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
  client.redirect_uris = std::move(redirect_uris);
  client.certificate_thumbprint = TRY(certificate_thumbprint(as_text(transport)));
  client.signature_issuer = sandbox.signature_issuer;
  BankOptions& options = sandbox.options;
  options.tls = {sandbox.pki.server_certificate(), sandbox.pki.server_key(),
                 sandbox.pki.authority_certificate()};
  options.signing_key_file = sandbox.pki.bank_signing_key();
  options.clients.push_back(std::move(client));
  options.accounts = sandbox_accounts(kAccounts, kBalanceMinor);
  return sandbox;
}

}  // namespace remit::lab::bank
