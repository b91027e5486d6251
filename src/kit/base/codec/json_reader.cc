#include "kit/base/codec/json_reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>

namespace remit::codec {
namespace {

std::string kind_name(JsonKind kind) {
  switch (kind) {
    case JsonKind::Null:
      return "null";
    case JsonKind::Bool:
      return "a boolean";
    case JsonKind::Signed:
    case JsonKind::Unsigned:
    case JsonKind::Number:
      return "a number";
    case JsonKind::String:
      return "a string";
    case JsonKind::Array:
      return "an array";
    case JsonKind::Object:
      return "an object";
  }
  return "a value";
}

bool is_integer_text(std::string_view digits) {
  return digits.find_first_of(".eE") == std::string_view::npos;
}

}  // namespace

bool JsonReader::read_bool(const JsonNode& node, bool& out) {
  if (!expect(node, JsonKind::Bool, "true or false")) return false;
  out = node.bits != 0;
  return true;
}

bool JsonReader::read_signed(const JsonNode& node, std::int64_t low, std::int64_t high,
                             std::int64_t& out) {
  const bool integer = node.kind == JsonKind::Signed || node.kind == JsonKind::Unsigned ||
                       (node.kind == JsonKind::Number && is_integer_text(node.text));
  if (!integer) return refuse_type("an integer");
  const auto number = static_cast<std::int64_t>(node.bits);
  if (node.kind != JsonKind::Signed || number < low || number > high) {
    return refuse("json_number_range", fmt::format("Send an integer from {} to {}.", low, high));
  }
  out = number;
  return true;
}

bool JsonReader::read_unsigned(const JsonNode& node, std::uint64_t high, std::uint64_t& out) {
  const bool integer = node.kind == JsonKind::Signed || node.kind == JsonKind::Unsigned ||
                       (node.kind == JsonKind::Number && is_integer_text(node.text));
  if (!integer) return refuse_type("an integer");
  const bool negative = node.kind == JsonKind::Signed && static_cast<std::int64_t>(node.bits) < 0;
  if (node.kind == JsonKind::Number || negative || node.bits > high) {
    return refuse("json_number_range", fmt::format("Send an integer from 0 to {}.", high));
  }
  out = node.bits;
  return true;
}

bool JsonReader::read_string(const JsonNode& node, std::string& out) {
  if (!expect(node, JsonKind::String, "a string")) return false;
  out.assign(node.text);
  return true;
}

bool JsonReader::read_base64(const JsonNode& node, Bytes& out) {
  if (!expect(node, JsonKind::String, "a string of base64")) return false;
  auto bytes = from_base64(node.text);
  if (!bytes) return refuse("json_wrong_format", "Send base64 with padding (RFC 4648 section 4).");
  out = *std::move(bytes);
  return true;
}

bool JsonReader::read_base64(const JsonNode& node, std::span<std::byte> out) {
  Bytes bytes;
  if (!read_base64(node, bytes)) return false;
  if (bytes.size() != out.size()) {
    return refuse("json_wrong_format", fmt::format("Send base64 of {} bytes.", out.size()));
  }
  std::memcpy(out.data(), bytes.data(), bytes.size());
  return true;
}

bool JsonReader::read_timestamp(const JsonNode& node, Timestamp& out) {
  if (!expect(node, JsonKind::String, "a time as a string")) return false;
  const auto time = from_rfc3339(node.text);
  if (!time) {
    return refuse("json_wrong_format",
                  "Send a time as RFC 3339 has it, such as 2026-08-20T09:30:00Z.");
  }
  out = *time;
  return true;
}

bool JsonReader::read_type_id(const JsonNode& node, TypeId& out) {
  if (!expect(node, JsonKind::String, "an id as a string")) return false;
  const auto id = TypeId::parse(node.text);
  if (!id) {
    return refuse("json_wrong_format", "Send an id such as pay_01h455vb4pex5vsknk084sn02q.");
  }
  out = *id;
  return true;
}

bool JsonReader::expect(const JsonNode& node, JsonKind kind, std::string_view what) {
  if (node.kind == kind) return true;
  return refuse("json_wrong_type",
                fmt::format("Send {} here instead of {}.", what, kind_name(node.kind)));
}

bool JsonReader::read_name(const JsonNode& node, std::span<const std::string_view> names,
                           std::size_t& out) {
  if (!expect(node, JsonKind::String, "a string")) return false;
  const auto found = std::find(names.begin(), names.end(), node.text);
  if (found == names.end()) {
    return refuse("json_unknown_value", fmt::format("Send one of: {}.", fmt::join(names, ", ")));
  }
  out = static_cast<std::size_t>(found - names.begin());
  return true;
}

bool JsonReader::refuse_absent(std::string_view name) {
  enter(name);
  refuse("json_missing_field", fmt::format("Add the member {}; it is required.", name));
  leave();
  return false;
}

bool JsonReader::check_unknown(const JsonNode& object, std::span<const std::string_view> names) {
  if (options_.unknown_members == UnknownMembers::Ignore) return true;
  const JsonNode* child = object.first();
  for (std::uint32_t i = 0; i < object.count; ++i, child = child->next()) {
    if (std::find(names.begin(), names.end(), child->key) != names.end()) continue;
    enter(child->key);
    refuse("json_unknown_field", names.empty()
                                     ? "Remove this member; the object takes none."
                                     : fmt::format("Remove or correct this member; known are: {}.",
                                                   fmt::join(names, ", ")));
    leave();
    return false;
  }
  return true;
}

bool JsonReader::refuse_type(std::string_view what) {
  return refuse("json_wrong_type", fmt::format("Send {} here.", what));
}

bool JsonReader::refuse(std::string reason, std::string message) {
  return refuse(
      Error{ErrorCode::InvalidArgument, std::move(reason), std::move(message), "", nullptr});
}

bool JsonReader::refuse(Error error) {
  if (failed_) return false;
  failed_ = true;
  std::string field = path();
  if (!field.empty() && !error.field.empty()) field += '.';
  error.field = field + error.field;
  error_ = std::move(error);
  return false;
}

std::string JsonReader::path() const {
  std::string path;
  for (const Step& step : path_) {
    if (step.name.empty()) {
      path += fmt::format("[{}]", step.index);
    } else {
      if (!path.empty()) path += '.';
      path += step.name;
    }
  }
  return path;
}

}  // namespace remit::codec
