#pragma once

#include "lab/bank/bank_options.h"
#include "lab/bank/pki.h"

#include <string>
#include <vector>

namespace remit::lab::bank {

/// A bank and one third party that know each other, ready for Bank::start: what `remit sandbox` and
/// the tests begin with.
struct Sandbox {
  SandboxPki pki;  ///< The PEM files; see there for their names.
  std::string client_id = "sandbox-tpp";
  std::string tpp_signing_kid;  ///< Also in the file `tpp-signing.kid`.
  std::string signature_issuer = "0015800001SandboxTPP/sandboxTPP";
  /// What the third party registers itself with, at this bank or at another of the same directory.
  std::string software_statement_file;
  BankOptions options;  ///< With 50 accounts of 100,000 GBP and payees; change what you like.
};

/// Makes the directory, or takes what is there (see ensure_sandbox_pki), and the options that fit it.
/// Files: `ca.pem` (trust this), `bank-tls.pem`, `bank-tls.key`, `bank-signing.key`,
/// `tpp-transport.pem`, `tpp-transport.key` (show these over mutual TLS), `tpp-signing.key`,
/// `tpp-signing.pem` (sign with this, PS256), `tpp-signing.kid`, `software-statement.jwt` (made anew each time),
/// `directory-signing.key`. The bank's certificate is good for 127.0.0.1 and localhost.
Result<Sandbox> write_sandbox(const std::string& directory, std::vector<std::string> redirect_uris,
                              Timestamp now);

}  // namespace remit::lab::bank
