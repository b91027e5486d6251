#pragma once

#include "kit/net/jose/jws.h"
#include "rails/event_source.h"
#include "rails/open_banking_uk/options.h"

#include <string_view>

namespace remit::rails::open_banking_uk {

/// Checks a Security Event Token (RFC 8417; Event Notification API, OBEventNotification1 and 2): a compact JWS of the bank's
/// whose claims are all there and fit. Its header may carry the iat, iss and tan of the bank's other signatures; then they
/// must fit too. Events of types that are not known are believed, and are of no payment. Fails with PermissionDenied and one
/// of: `event_malformed`, `event_unsigned`, `event_symmetric`, `event_algorithm` (not PS256), `event_critical`,
/// `event_signature`, `event_type`, `event_unreadable`, `event_issuer`, `event_audience`, `event_id`, `event_issued_at`,
/// `event_time`, `event_transaction`, `event_subject`, `event_missing` (`events` names none), `event_resource`; or with
/// Unavailable `event_key_unknown`: banks rotate keys, and are not asked for them all the time.
Result<BankEvent> check_event_token(std::string_view token, const jose::KeySet& keys,
                                    const Options& options, Timestamp now);

/// The `iss` of a token that nobody has verified, to find out whose keys would; empty when it has none.
std::string unverified_event_issuer(std::string_view token);

}  // namespace remit::rails::open_banking_uk
