#include "kit/service/config_node.h"

#include <fmt/format.h>

#include <algorithm>

#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
// 3.3.0 asserts that a table's header begins like a key, which it says a line later in an error with its place.
#define TOML_ASSERT(expr) static_assert(true)
#include <toml++/toml.h>

namespace remit::service {
namespace {

std::string place_of(std::string_view path, const toml::source_region& source) {
  return fmt::format("{}:{}:{}", path, source.begin.line, source.begin.column);
}

ConfigNode convert(const toml::node& node, std::string_view path) {
  ConfigNode made;
  made.place = place_of(path, node.source());
  if (const auto* flag = node.as_boolean()) {
    made.kind = ConfigNode::Kind::Bool;
    made.flag = flag->get();
  } else if (const auto* integer = node.as_integer()) {
    made.kind = ConfigNode::Kind::Integer;
    made.integer = integer->get();
  } else if (const auto* text = node.as_string()) {
    made.kind = ConfigNode::Kind::String;
    made.text = text->get();
  } else if (const auto* list = node.as_array()) {
    made.kind = ConfigNode::Kind::List;
    for (const toml::node& item : *list) made.children.push_back(convert(item, path));
  } else if (const auto* table = node.as_table()) {
    made.kind = ConfigNode::Kind::Table;
    for (const auto& [key, value] : *table) {
      ConfigNode child = convert(value, path);
      child.key = std::string(key.str());
      // A key's own place is where the eye has to go, except for a table that was opened by its header.
      if (child.kind != ConfigNode::Kind::Table) child.place = place_of(path, key.source());
      made.children.push_back(std::move(child));
    }
  }
  return made;
}

}  // namespace

const ConfigNode* ConfigNode::find(std::string_view name) const {
  const auto found = std::ranges::find(children, name, &ConfigNode::key);
  return found == children.end() ? nullptr : &*found;
}

std::string_view kind_name(ConfigNode::Kind kind) {
  switch (kind) {
    case ConfigNode::Kind::Bool:
      return "a boolean";
    case ConfigNode::Kind::Integer:
      return "an integer";
    case ConfigNode::Kind::String:
      return "a string";
    case ConfigNode::Kind::List:
      return "a list";
    case ConfigNode::Kind::Table:
      return "a table";
    case ConfigNode::Kind::Other:
      break;
  }
  return "a number with a fraction or a date";
}

Result<ConfigNode> parse_config(std::string_view text, std::string_view path) {
  if (text.size() > kConfigBytesMax) {
    return fail(ErrorCode::LimitExceeded, "config_too_large",
                fmt::format("{} has more than {} bytes; shorten it.", path, kConfigBytesMax));
  }
  const toml::parse_result parsed = toml::parse(text);
  if (!parsed) {
    return fail(ErrorCode::InvalidArgument, "config_malformed",
                fmt::format("{}: {}; correct the TOML there.",
                            place_of(path, parsed.error().source()), parsed.error().description()));
  }
  return convert(parsed.table(), path);
}

}  // namespace remit::service
