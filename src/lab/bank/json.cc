#include "lab/bank/json.h"

#include <boost/json/basic_parser_impl.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace remit::lab::bank {
namespace {

/// Hears the names of members and keeps those of the objects that are open; builds no document.
struct MemberNames {
  static constexpr std::size_t max_object_size = 10'000;
  static constexpr std::size_t max_array_size = 100'000;
  static constexpr std::size_t max_key_size = 1'000;
  static constexpr std::size_t max_string_size = kJsonBytesMax;

  using Error = json::error_code;
  std::vector<std::vector<std::string>> open;
  std::string part;
  bool duplicate = false;

  bool on_object_begin(Error&) {
    open.emplace_back();
    return true;
  }
  bool on_object_end(std::size_t, Error&) {
    open.pop_back();
    return true;
  }
  bool on_key_part(json::string_view text, std::size_t, Error&) {
    part.append(text.data(), text.size());
    return true;
  }
  bool on_key(json::string_view text, std::size_t, Error& error) {
    part.append(text.data(), text.size());
    if (std::ranges::find(open.back(), part) != open.back().end()) {
      duplicate = true;
      error = json::make_error_code(json::error::syntax);
      return false;
    }
    open.back().push_back(std::exchange(part, {}));
    return true;
  }
  bool on_document_begin(Error&) { return true; }
  bool on_document_end(Error&) { return true; }
  bool on_array_begin(Error&) { return true; }
  bool on_array_end(std::size_t, Error&) { return true; }
  bool on_string_part(json::string_view, std::size_t, Error&) { return true; }
  bool on_string(json::string_view, std::size_t, Error&) { return true; }
  bool on_number_part(json::string_view, Error&) { return true; }
  bool on_int64(std::int64_t, json::string_view, Error&) { return true; }
  bool on_uint64(std::uint64_t, json::string_view, Error&) { return true; }
  bool on_double(double, json::string_view, Error&) { return true; }
  bool on_bool(bool, Error&) { return true; }
  bool on_null(Error&) { return true; }
  bool on_comment_part(json::string_view, Error&) { return true; }
  bool on_comment(json::string_view, Error&) { return true; }
};

}  // namespace

Result<json::value> parse_json(std::string_view text) {
  if (text.size() > kJsonBytesMax) {
    return fail(ErrorCode::LimitExceeded, "json_too_large",
                fmt::format("The document has more than {} bytes.", kJsonBytesMax));
  }
  json::parse_options options;
  options.max_depth = kJsonDepthMax;
  json::error_code error;
  json::basic_parser<MemberNames> names(options);
  const std::size_t used = names.write_some(false, text.data(), text.size(), error);
  if (names.handler().duplicate) {
    return fail(ErrorCode::InvalidArgument, "json_duplicate_member",
                "A member name occurs twice in one object.");
  }
  if (error || used != text.size()) {
    return fail(ErrorCode::InvalidArgument, "json_invalid", "The text is not one JSON document.");
  }
  json::value document = json::parse(text, error, {}, options);
  if (error) {
    return fail(ErrorCode::InvalidArgument, "json_invalid",
                "The text is not JSON: " + error.message());
  }
  return document;
}

Result<json::object> parse_json_object(std::string_view text) {
  json::value document = TRY(parse_json(text));
  if (!document.is_object()) {
    return fail(ErrorCode::InvalidArgument, "json_not_an_object", "The document is not an object.");
  }
  return std::move(document.get_object());
}

std::optional<std::string_view> find_text(const json::object& object, std::string_view name) {
  const json::value* found = object.if_contains(name);
  if (found == nullptr || !found->is_string()) return std::nullopt;
  return std::string_view(found->get_string().data(), found->get_string().size());
}

std::optional<std::int64_t> find_integer(const json::object& object, std::string_view name) {
  const json::value* found = object.if_contains(name);
  if (found == nullptr || !found->is_int64()) return std::nullopt;
  return found->get_int64();
}

const json::object* find_object(const json::object& object, std::string_view name) {
  const json::value* found = object.if_contains(name);
  return found == nullptr ? nullptr : found->if_object();
}

std::optional<std::string> first_difference(const json::value& left, const json::value& right,
                                            std::string path) {
  if (left == right) return std::nullopt;
  if (left.is_object() && right.is_object()) {
    for (const auto& [name, value] : left.get_object()) {
      const std::string inner = fmt::format("{}.{}", path, std::string_view(name));
      const json::value* other = right.get_object().if_contains(name);
      if (other == nullptr) return inner;
      if (auto found = first_difference(value, *other, inner)) return found;
    }
    for (const auto& [name, value] : right.get_object()) {
      if (!left.get_object().contains(name)) {
        return fmt::format("{}.{}", path, std::string_view(name));
      }
    }
  }
  if (left.is_array() && right.is_array() && left.get_array().size() == right.get_array().size()) {
    for (std::size_t index = 0; index < left.get_array().size(); ++index) {
      auto found = first_difference(left.get_array()[index], right.get_array()[index],
                                    fmt::format("{}[{}]", path, index));
      if (found) return found;
    }
  }
  return path;
}

}  // namespace remit::lab::bank
