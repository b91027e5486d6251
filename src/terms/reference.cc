#include "terms/reference.h"

#include <fmt/format.h>

#include <algorithm>

namespace remit::terms {
namespace {

bool is_allowed(char c) {
  const bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  const bool digit = c >= '0' && c <= '9';
  return letter || digit || std::string_view(" /-?:().,'+").find(c) != std::string_view::npos;
}

}  // namespace

Result<std::string> validate_reference(std::string_view text) {
  const bool blank = std::ranges::all_of(text, [](char c) { return c == ' '; });
  if (!blank && text.size() <= kReferenceCharactersMax && std::ranges::all_of(text, is_allowed)) {
    return std::string(text);
  }
  return fail(
      ErrorCode::InvalidArgument, "reference_invalid",
      fmt::format("A reference has 1 to {} letters, digits, spaces or / - ? : ( ) . , ' + .",
                  kReferenceCharactersMax),
      "reference");
}

}  // namespace remit::terms
