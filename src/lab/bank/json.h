#pragma once

#include "kit/base/result.h"

#include <boost/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace remit::lab::bank {

namespace json = boost::json;

/// How deep a document may be nested, and how large it may be.
inline constexpr std::size_t kJsonDepthMax = 16;
inline constexpr std::size_t kJsonBytesMax = 256 * 1024;

/// Strict JSON (RFC 8259): one document, valid UTF-8, and no member name twice in one object, since
/// two readers of a signed body would otherwise see two different payments. Fails with
/// InvalidArgument `json_invalid`, `json_duplicate_member` or `json_too_large`.
Result<json::value> parse_json(std::string_view text);
/// The same, and the document must be an object (`json_not_an_object`).
Result<json::object> parse_json_object(std::string_view text);

/// The member, when it is there and of that type.
std::optional<std::string_view> find_text(const json::object& object, std::string_view name);
std::optional<std::int64_t> find_integer(const json::object& object, std::string_view name);
const json::object* find_object(const json::object& object, std::string_view name);

/// The path of the first place where two documents differ, as "Initiation.InstructedAmount.Amount"
/// below `path`; nullopt when they say the same. The order of members does not matter.
std::optional<std::string> first_difference(const json::value& left, const json::value& right,
                                            std::string path);

}  // namespace remit::lab::bank
