#pragma once

#include "kit/base/time.h"

#include <cstddef>
#include <cstdint>

namespace remit::payments {

/// Characters of a client's own reference.
inline constexpr std::size_t kClientReferenceBytesMax = 128;
/// Minor units of one payment in GBP: the limit of Faster Payments since February 2022, one million pounds.
inline constexpr std::int64_t kFasterPaymentsPenceMax = 100'000'000;
/// How long a payer may take, unless the request says otherwise; and the longest that it may say.
inline constexpr Duration kExpiryDefault = std::chrono::minutes(30);
inline constexpr Duration kExpiryMax = std::chrono::hours(24 * 7);
/// Looks for evidence of an unknown outcome before it goes to an operator.
inline constexpr std::uint32_t kResolutionsMax = 12;
/// First and longest wait between two looks for evidence.
inline constexpr Duration kResolutionDelayMin = std::chrono::seconds(1);
inline constexpr Duration kResolutionDelayMax = std::chrono::hours(2);
/// First and longest wait between two status queries.
inline constexpr Duration kPollDelayMin = std::chrono::seconds(1);
inline constexpr Duration kPollDelayMax = std::chrono::hours(1);
/// Status queries before the payment goes to an operator.
inline constexpr std::uint32_t kPollsMax = 200;
/// Status queries because of the bank's events, which none of the above counts; later events change nothing.
inline constexpr std::uint32_t kHintsMax = 1000;
/// Hand-overs that were not taken before the payment is given up: rejected, or unknown where the bank answered one.
inline constexpr std::uint32_t kNotSentMax = 10;
/// From the moment that stands in the journal as that of a hand-over to the call of the bank. What comes later is not sent: a
/// process may have stood still, and another judges by the journal what can still arrive (`request_deadline`).
inline constexpr Duration kHandOverWithin = std::chrono::seconds(10);
/// Tokens that are held until they are journalled: no fewer than a flow has keys in trouble (flow::kLanesMax) and records
/// under way, so that what is pushed out belongs to dead letters.
inline constexpr std::size_t kGrantsHeldMax = 12'000;

/// A payer's token with less time left than this is refreshed before it is used, where the bank gave a refresh token.
inline constexpr Duration kTokenRefreshedBefore = std::chrono::seconds(60);

}  // namespace remit::payments
