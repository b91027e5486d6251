#pragma once

#include "lab/bank/json.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace remit::lab::bank {

/// The versions of the Read/Write API that the bank serves side by side. Inside, the bank thinks in v4.0; what differs on the
/// wire for domestic payments is here and in domestic_schema.cc.
enum class StandardVersion : std::uint8_t { V3, V4 };

/// "/open-banking/v3.1", "/open-banking/v4.0".
std::string_view path_prefix(StandardVersion version);
/// "3.1.11", "4.0": as the log keeps it.
std::string_view version_name(StandardVersion version);
/// V4 for anything but "3.1.11".
StandardVersion version_from_name(std::string_view name);

/// A consent's status of v4.0 in the version's words: "AWAU" is "AwaitingAuthorisation".
std::string_view consent_status_in(StandardVersion version, std::string_view status);
/// A payment's: "RCVD" is "Pending", which v3.1 begins with.
std::string_view payment_status_in(StandardVersion version, std::string_view status);
/// "U009" is "UK.OBIE.Resource.InvalidConsentStatus". A code that v3.1 does not have is UK.OBIE.UnexpectedError.
std::string error_code_in(StandardVersion version, std::string_view code);

/// `Initiation` as it was sent in v3.1, in the form of v4.0: a newer version shows what an older one made.
json::object initiation_in_v4(json::object initiation);

}  // namespace remit::lab::bank
