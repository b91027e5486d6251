#include "kit/service/config_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <numeric>
#include <unistd.h>

namespace remit::service {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t microseconds;
};
// From the longest, so that printing takes the first that divides.
constexpr std::array<Unit, 6> kUnits{{{"d", 86'400'000'000},
                                      {"h", 3'600'000'000},
                                      {"m", 60'000'000},
                                      {"s", 1'000'000},
                                      {"ms", 1000},
                                      {"us", 1}}};

std::size_t edit_distance(std::string_view left, std::string_view right) {
  std::vector<std::size_t> row(right.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= left.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= right.size(); ++j) {
      const std::size_t replaced = diagonal + (left[i - 1] == right[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, replaced}));
    }
  }
  return row.back();
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

ConfigNode split_list(std::string_view text, const std::string& variable) {
  ConfigNode list{.kind = ConfigNode::Kind::List, .place = variable};
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    list.children.push_back({.kind = ConfigNode::Kind::String,
                             .place = variable,
                             .text = std::string(text.substr(0, comma))});
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return list;
}

void name_place(ConfigNode& node, const std::string& variable) {
  node.place = variable;
  for (ConfigNode& child : node.children) name_place(child, variable);
}

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) {
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || count < 0) return std::nullopt;
  const std::string_view name(end, text.data() + text.size());
  const auto unit = std::ranges::find(kUnits, name, &Unit::name);
  std::int64_t microseconds = 0;
  if (unit == kUnits.end() || __builtin_mul_overflow(count, unit->microseconds, &microseconds)) {
    return std::nullopt;
  }
  return Duration(microseconds);
}

std::string print_duration(Duration duration) {
  const std::int64_t count = duration.count();
  if (count == 0) return "0s";
  const auto unit =
      std::ranges::find_if(kUnits, [&](const Unit& one) { return count % one.microseconds == 0; });
  return fmt::format("{}{}", count / unit->microseconds, unit->name);
}

std::string nearest_name(std::string_view wrong, const std::vector<std::string>& known) {
  std::string nearest;
  std::size_t least = std::max<std::size_t>(2, wrong.size() / 3) + 1;
  for (const std::string& name : known) {
    const std::size_t distance = edit_distance(wrong, name);
    if (distance < least) {
      least = distance;
      nearest = name;
    }
  }
  return nearest;
}

std::string quote_toml(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (byte < 0x20 || byte == 0x7F) {
      quoted += fmt::format("\\u{:04X}", byte);
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

std::string environment_name(std::string_view prefix, std::string_view key) {
  std::string name = fmt::format("{}_{}", prefix, key);
  for (char& c : name) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return name;
}

std::map<std::string, std::string> remit_environment() {
  std::map<std::string, std::string> found;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::size_t equals = text.find('=');
    if (text.starts_with("REMIT_") && equals != std::string_view::npos) {
      found.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
  }
  return found;
}

std::expected<ConfigNode, std::string> node_of_text(std::string_view text, ConfigNode::Kind wanted,
                                                    const std::string& variable) {
  ConfigNode node{.kind = ConfigNode::Kind::String, .place = variable, .text = std::string(text)};
  if (wanted == ConfigNode::Kind::Bool && (text == "true" || text == "false")) {
    node.kind = wanted;
    node.flag = text == "true";
  } else if (wanted == ConfigNode::Kind::Integer) {
    if (const auto integer = parse_integer(text)) {
      node.kind = wanted;
      node.integer = *integer;
    }
  } else if (wanted == ConfigNode::Kind::List) {
    if (!text.starts_with('[')) return split_list(text, variable);
    auto parsed = parse_config(fmt::format("value = {}", text), variable);
    if (!parsed || parsed->find("value") == nullptr) {
      return std::unexpected(fmt::format("{}: not a TOML list; write [\"a\", \"b\"]", variable));
    }
    node = *parsed->find("value");
    name_place(node, variable);
  }
  return node;
}

}  // namespace remit::service
