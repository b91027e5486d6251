#pragma once

#include "pay/api/gateway.h"

#include <span>
#include <string>
#include <string_view>

namespace remit::api {

/// A code that no operation answers with.
struct OtherProblem {
  std::string_view code;
  std::string_view met_by;  ///< Who meets it, in Markdown.
  std::string_view meaning;
  std::string_view remedy;
};

/// Every problem that the gateway's operations answer with, the others, and the reasons that a payment or its retry shows
/// because of its bank, in Markdown: docs/errors.md.
std::string error_catalogue(const Gateway& gateway, std::span<const OtherProblem> others,
                            std::span<const OtherProblem> of_banks);

}  // namespace remit::api
