#include "lab/bank/schema.h"

#include "kit/base/time.h"

#include <algorithm>

namespace remit::lab::bank {
namespace {

Answer<void> check_object(const json::value& value, const Schema& schema, const std::string& path) {
  if (!value.is_object()) return refuse("U010", "The field must be an object.", path);
  const json::object& object = value.get_object();
  for (const Schema::Field& field : schema.fields) {
    const std::string inner =
        path.empty() ? std::string(field.name) : fmt::format("{}.{}", path, field.name);
    const json::value* member = object.if_contains(field.name);
    if (member == nullptr) {
      if (field.required) return refuse("U004", "The field is mandatory.", inner);
      continue;
    }
    if (auto checked = check_schema(*member, *field.schema, inner); !checked) return checked;
  }
  if (schema.open) return {};
  for (const auto& [name, member] : object) {
    const std::string_view text = name;
    if (std::ranges::find(schema.fields, text, &Schema::Field::name) == schema.fields.end()) {
      return refuse("U005", "The field is not part of the message.",
                    path.empty() ? std::string(text) : fmt::format("{}.{}", path, text));
    }
  }
  return {};
}

Answer<void> check_array(const json::value& value, const Schema& schema, const std::string& path) {
  if (!value.is_array()) return refuse("U010", "The field must be an array.", path);
  const json::array& array = value.get_array();
  if (array.size() < schema.size_min || array.size() > schema.size_max) {
    return refuse("U002", "The array has too few or too many items.", path);
  }
  for (std::size_t index = 0; index < array.size(); ++index) {
    auto checked = check_schema(array[index], *schema.items, fmt::format("{}[{}]", path, index));
    if (!checked) return checked;
  }
  return {};
}

std::size_t characters_in(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U; }));
}

Answer<void> check_text(const json::value& value, const Schema& schema, const std::string& path) {
  if (!value.is_string()) return refuse("U010", "The field must be a string.", path);
  const std::string_view text = value.get_string();
  if (schema.kind == Schema::Kind::DateTime) {
    if (!from_rfc3339(text)) return refuse("U003", "The field is not a date with a time.", path);
    return {};
  }
  const std::size_t characters = characters_in(text);
  if (characters < schema.size_min || characters > schema.size_max) {
    return refuse(
        "U002",
        fmt::format("The field must have {} to {} characters.", schema.size_min, schema.size_max),
        path);
  }
  if (schema.valid != nullptr && !schema.valid(text)) {
    return refuse("U002", "The field's value is not allowed.", path);
  }
  return {};
}

}  // namespace

Answer<void> check_schema(const json::value& value, const Schema& schema, const std::string& path) {
  switch (schema.kind) {
    case Schema::Kind::Object:
      return check_object(value, schema, path);
    case Schema::Kind::Array:
      return check_array(value, schema, path);
    case Schema::Kind::Text:
    case Schema::Kind::DateTime:
      return check_text(value, schema, path);
    case Schema::Kind::Boolean:
      if (!value.is_bool()) return refuse("U010", "The field must be true or false.", path);
      return {};
    case Schema::Kind::Integer:
      if (!value.is_int64()) return refuse("U010", "The field must be a whole number.", path);
      return {};
  }
  return refuse("U010", "The field is of no known kind.", path);
}

}  // namespace remit::lab::bank
