#pragma once

#include "kit/base/result.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace remit::lab::bank {

/// RFC 3986 section 2.1: everything but unreserved characters becomes %XX.
std::string percent_encode(std::string_view text);
/// Nullopt on a '%' without two hexadecimal digits. '+' stays '+' unless `plus_is_space`.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space = false);

/// Names and values of a query or of an application/x-www-form-urlencoded body, in order.
class Form {
 public:
  /// Fails with InvalidArgument `form_invalid`: bad escapes, or a name twice, which OAuth forbids
  /// (RFC 6749 section 3.1), or more than 64 fields.
  static Result<Form> parse(std::string_view text);
  void add(std::string name, std::string value);
  /// Nullopt when absent or, as RFC 6749 section 3.1 wants, when empty.
  std::optional<std::string> find(std::string_view name) const;
  std::string encode() const;

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

/// "https://host:port" of an absolute URL; empty when it has none.
std::string origin_of(std::string_view url);
/// What stands behind '?' and before '#'.
std::string query_of(std::string_view url);

}  // namespace remit::lab::bank
