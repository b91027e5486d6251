#include "kit/base/codec/json_schema.h"

#include "kit/base/check.h"

#include <fmt/format.h>

namespace remit::codec {
namespace {

/// Definition names may be keys of OpenAPI components: letters, digits, '.', '-' and '_'.
std::string component_name(std::string_view name) {
  std::string out;
  for (const char c : name) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (plain || c == '_') {
      out += c;
    } else if (out.empty() || out.back() != '.') {
      out += '.';
    }
  }
  while (out.ends_with('.')) out.pop_back();
  return out;
}

}  // namespace

std::string JsonSchemas::reserve(std::string_view short_name, std::string_view qualified,
                                 bool& fresh) {
  for (const std::string_view candidate : {short_name, qualified}) {
    const std::string name = component_name(candidate);
    const auto [at, added] = by_name_.try_emplace(name, Definition{std::string(qualified), ""});
    if (added || at->second.qualified == qualified) {
      fresh = added;
      return name;
    }
  }
  CHECK(false, "two types have the name {}", qualified);
  return {};
}

std::string JsonSchemas::reference(const std::string& name) const {
  return fmt::format(R"({{"$ref":"{}{}"}})", prefix_, name);
}

std::string JsonSchemas::define(const std::string& name, std::string schema) {
  by_name_[name] = {name, std::move(schema)};
  return reference(name);
}

std::string JsonSchemas::definitions() const {
  JsonWriter writer;
  writer.begin_object();
  for (const auto& [name, definition] : by_name_) {
    writer.write_key(name);
    writer.write_raw(definition.schema);
  }
  writer.end_object();
  return writer.take();
}

namespace detail {

std::string described(std::string schema, std::string_view description) {
  if (description.empty()) return schema;
  JsonWriter text;
  text.write_string(description);
  return ruled(std::move(schema), "\"description\":" + text.text());
}

std::string ruled(std::string schema, std::string_view members) {
  if (members.empty()) return schema;
  CHECK(schema.ends_with('}'), "{}", schema);
  schema.pop_back();
  return fmt::format("{}{}{}}}", schema, schema == "{" ? "" : ",", members);
}

std::string nullable(std::string schema) {
  constexpr std::string_view kType = R"({"type":")";
  if (schema == "{}") return schema;
  if (!schema.starts_with(kType)) {
    return fmt::format(R"({{"anyOf":[{},{{"type":"null"}}]}})", schema);
  }
  const std::size_t end = schema.find('"', kType.size());
  const std::string type = schema.substr(kType.size(), end - kType.size());
  return fmt::format(R"({{"type":["{}","null"]{})", type, schema.substr(end + 1));
}

std::string integer_schema(std::int64_t low, std::uint64_t high, std::string_view format) {
  if (!format.empty()) return fmt::format(R"({{"type":"integer","format":"{}"}})", format);
  return fmt::format(R"({{"type":"integer","minimum":{},"maximum":{}}})", low, high);
}

std::string array_schema(std::string_view items) {
  return fmt::format(R"({{"type":"array","items":{}}})", items);
}

std::string map_schema(std::string_view values) {
  return fmt::format(R"({{"type":"object","additionalProperties":{}}})", values);
}

std::string bytes_schema(std::size_t bytes, bool fixed) {
  if (!fixed) return R"({"type":"string","contentEncoding":"base64"})";
  const std::size_t length = (bytes + 2) / 3 * 4;
  return fmt::format(
      R"({{"type":"string","contentEncoding":"base64","minLength":{},"maxLength":{}}})", length,
      length);
}

std::string document_schema(std::string root, const JsonSchemas& schemas) {
  constexpr std::string_view kDraft = "https://json-schema.org/draft/2020-12/schema";
  CHECK(root.starts_with('{') && root.size() >= 2, "{}", root);
  const std::string_view members = std::string_view(root).substr(1, root.size() - 2);
  return fmt::format(R"({{"$schema":"{}",{}{}"$defs":{}}})", kDraft, members,
                     members.empty() ? "" : ",", schemas.definitions());
}

}  // namespace detail

}  // namespace remit::codec
