#pragma once

#include "kit/net/jose/jws.h"
#include "rails/open_banking_uk/options.h"

#include <string>
#include <string_view>

namespace remit::rails::open_banking_uk {

/// The value of x-jws-signature for these bytes (Read/Write API, message signing).
Result<std::string> sign_message(std::string_view body, const Options& options,
                                 jose::Signer& signer, Timestamp now);
/// Checks the bank's signature of these bytes: key, algorithm, who signed and when, trust anchor. Fails with Unauthenticated
/// and one of: `signature_malformed`, `signature_unsigned`, `signature_symmetric`, `signature_algorithm`,
/// `signature_key_unknown`, `signature_critical`, `signature_invalid` (not by that key, or of other bytes), `signature_type`,
/// `signature_time`, `signature_issuer`, `signature_anchor`.
Result<void> verify_message(std::string_view signature, std::string_view body,
                            const jose::KeySet& keys, const Options& options, Timestamp now);

}  // namespace remit::rails::open_banking_uk
