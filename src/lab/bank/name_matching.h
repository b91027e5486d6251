#pragma once

#include <cstdint>
#include <string_view>

namespace remit::lab::bank {

enum class NameMatch : std::uint8_t { Match, Close, None };

/// How the bank compares a payee's name with the account's; each real bank has a rule of its own. Case, accents, punctuation,
/// titles, "and" for "&" and the long words for Ltd and Co make no difference. Close is: the same words in another order, an
/// initial for a first or middle name, a middle name that is missing, the legal form of a company that is missing, or one
/// letter that differs, is missing or is one too many.
NameMatch compare_names(std::string_view asked, std::string_view held);

}  // namespace remit::lab::bank
