#include "kit/base/codec/json_document.h"

#include "kit/base/codec/json_writer.h"

#include <boost/json/basic_parser_impl.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>

namespace remit::codec {
namespace {

namespace json = boost::json;

/// Collects the parser's events into nodes in the order of the text. Texts go into one block as long
/// as the source: removing escapes never makes a text longer.
struct TreeBuilder {
  static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_array_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_key_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_string_size = std::numeric_limits<std::size_t>::max();

  TreeBuilder(std::vector<JsonNode>& tree, char* block, std::size_t most)
      : nodes(&tree), text_end(block), members_max(most) {}

  std::vector<JsonNode>* nodes;
  char* text_end;
  std::size_t members_max;
  std::vector<std::size_t> open;
  std::vector<std::string_view> names;
  std::string_view key;
  std::size_t part_size = 0;
  Error failure;

  bool refuse(json::error_code& ec, ErrorCode code, std::string reason, std::string message) {
    failure = Error{code, std::move(reason), std::move(message), path(), nullptr};
    ec = json::error::syntax;
    return false;
  }

  void keep_part(json::string_view part) {
    if (!part.empty()) std::memcpy(text_end, part.data(), part.size());
    text_end += part.size();
    part_size += part.size();
  }
  /// Where the parser stands: "items[3].amount".
  std::string path() const {
    std::string path;
    const auto add_name = [&](std::string_view name) {
      if (!path.empty() && !name.empty()) path += '.';
      path += name;
    };
    for (const std::size_t index : open) {
      const JsonNode& node = (*nodes)[index];
      add_name(node.key);
      // An item that is open has been counted already.
      const std::uint32_t counted = index == open.back() ? 0 : 1;
      if (node.kind == JsonKind::Array) path += fmt::format("[{}]", node.count - counted);
    }
    add_name(key);
    return path;
  }

  /// The parts so far and this last one.
  std::string_view finish_text(json::string_view part) {
    keep_part(part);
    const std::size_t size = std::exchange(part_size, 0);
    return {text_end - size, size};
  }

  bool add(json::error_code& ec, JsonNode node) {
    if (nodes->size() > members_max) {
      return refuse(ec, ErrorCode::LimitExceeded, "json_too_large",
                    fmt::format("Send at most {} members and items.", members_max));
    }
    node.key = std::exchange(key, {});
    if (!open.empty()) ++(*nodes)[open.back()].count;
    nodes->push_back(node);
    return true;
  }
  bool begin(json::error_code& ec, JsonKind kind) {
    if (!add(ec, JsonNode{.kind = kind})) return false;
    open.push_back(nodes->size() - 1);
    return true;
  }
  void end() {
    JsonNode& node = (*nodes)[open.back()];
    node.span = static_cast<std::uint32_t>(nodes->size() - open.back());
    open.pop_back();
  }

  /// A reader that takes the first of two equal names and one that takes the last would see two
  /// documents under one signature.
  bool names_differ(json::error_code& ec) {
    const JsonNode& object = (*nodes)[open.back()];
    names.clear();
    const JsonNode* child = object.first();
    for (std::uint32_t i = 0; i < object.count; ++i, child = child->next()) {
      names.push_back(child->key);
    }
    std::sort(names.begin(), names.end());
    const auto twice = std::adjacent_find(names.begin(), names.end());
    if (twice == names.end()) return true;
    key = *twice;
    return refuse(ec, ErrorCode::InvalidArgument, "json_duplicate_key",
                  "An object has this name twice; send it once.");
  }

  bool on_document_begin(json::error_code&) { return true; }
  bool on_document_end(json::error_code&) { return true; }
  bool on_array_begin(json::error_code& ec) { return begin(ec, JsonKind::Array); }
  bool on_array_end(std::size_t, json::error_code&) {
    end();
    return true;
  }
  bool on_object_begin(json::error_code& ec) { return begin(ec, JsonKind::Object); }
  bool on_object_end(std::size_t, json::error_code& ec) {
    if (!names_differ(ec)) return false;
    end();
    return true;
  }
  bool on_string_part(json::string_view part, std::size_t, json::error_code&) {
    keep_part(part);
    return true;
  }
  bool on_string(json::string_view part, std::size_t, json::error_code& ec) {
    return add(ec, JsonNode{.kind = JsonKind::String, .text = finish_text(part)});
  }
  bool on_key_part(json::string_view part, std::size_t, json::error_code&) {
    keep_part(part);
    return true;
  }
  bool on_key(json::string_view part, std::size_t, json::error_code&) {
    key = finish_text(part);
    return true;
  }
  bool on_number_part(json::string_view part, json::error_code&) {
    keep_part(part);
    return true;
  }
  bool on_int64(std::int64_t number, json::string_view part, json::error_code& ec) {
    return add(ec, JsonNode{.kind = JsonKind::Signed,
                            .bits = static_cast<std::uint64_t>(number),
                            .text = finish_text(part)});
  }
  bool on_uint64(std::uint64_t number, json::string_view part, json::error_code& ec) {
    return add(ec, JsonNode{.kind = JsonKind::Unsigned, .bits = number, .text = finish_text(part)});
  }
  bool on_double(double, json::string_view part, json::error_code& ec) {
    return add(ec, JsonNode{.kind = JsonKind::Number, .text = finish_text(part)});
  }
  bool on_bool(bool value, json::error_code& ec) {
    return add(ec, JsonNode{.kind = JsonKind::Bool, .bits = value ? 1u : 0u});
  }
  bool on_null(json::error_code& ec) { return add(ec, JsonNode{}); }
  bool on_comment_part(json::string_view, json::error_code&) { return true; }
  bool on_comment(json::string_view, json::error_code&) { return true; }
};

Error parse_error(const json::error_code& ec, std::size_t at, const JsonLimits& limits) {
  if (ec == json::error::too_deep) {
    return {ErrorCode::InvalidArgument, "json_too_deep",
            fmt::format("Nest objects and arrays at most {} deep.", limits.depth_max), "", nullptr};
  }
  if (ec == json::error::exponent_overflow) {
    return {ErrorCode::InvalidArgument, "json_number_range",
            fmt::format("The number near byte {} is too large.", at), "", nullptr};
  }
  return {ErrorCode::InvalidArgument, "json_malformed",
          fmt::format("This is not JSON (RFC 8259): {} near byte {}.", ec.message(), at), "",
          nullptr};
}

}  // namespace

const JsonNode* JsonNode::find(std::string_view name) const {
  const JsonNode* child = first();
  for (std::uint32_t i = 0; i < count; ++i, child = child->next()) {
    if (child->key == name) return child;
  }
  return nullptr;
}

Result<JsonDocument> JsonDocument::parse(std::string_view text, const JsonLimits& limits) {
  if (text.size() > limits.bytes_max) {
    return fail(ErrorCode::LimitExceeded, "json_too_large",
                fmt::format("Send at most {} bytes of JSON.", limits.bytes_max));
  }
  JsonDocument document;
  document.strings_ = std::make_unique_for_overwrite<char[]>(text.size());
  json::parse_options options;
  options.max_depth = limits.depth_max;
  json::basic_parser<TreeBuilder> parser(options, document.nodes_, document.strings_.get(),
                                         limits.members_max);
  json::error_code ec;
  const std::size_t taken = parser.write_some(false, text.data(), text.size(), ec);
  if (!parser.handler().failure.reason.empty()) {
    return std::unexpected(std::move(parser.handler().failure));
  }
  if (!ec && taken < text.size()) ec = json::error::extra_data;
  if (ec) return std::unexpected(parse_error(ec, taken, limits));
  return document;
}

void write_node(JsonWriter& writer, const JsonNode& node) {
  switch (node.kind) {
    case JsonKind::Null:
      return writer.write_null();
    case JsonKind::Bool:
      return writer.write_bool(node.bits != 0);
    case JsonKind::Signed:
    case JsonKind::Unsigned:
    case JsonKind::Number:
      return writer.write_raw(node.text);
    case JsonKind::String:
      return writer.write_string(node.text);
    case JsonKind::Array:
    case JsonKind::Object:
      break;
  }
  const bool object = node.kind == JsonKind::Object;
  object ? writer.begin_object() : writer.begin_array();
  const JsonNode* child = node.first();
  for (std::uint32_t i = 0; i < node.count; ++i, child = child->next()) {
    if (object) writer.write_key(child->key);
    write_node(writer, *child);
  }
  object ? writer.end_object() : writer.end_array();
}

}  // namespace remit::codec
