#pragma once

#include "kit/base/codec/json_names.h"
#include "kit/service/config_values.h"

#include <filesystem>
#include <limits>
#include <set>

namespace remit::service {

/// Fills described structs from a parsed file and the environment, and collects every problem on the way.
class ConfigReader {
 public:
  /// `environment` must outlive the reader.
  explicit ConfigReader(const std::map<std::string, std::string>& environment)
      : environment_(environment) {}

  /// `table` may be null. `variable` is the prefix of the keys in the environment, empty within lists; `path` names the
  /// table in messages.
  template <codec::DescribedStruct T>
  void read_table(const ConfigNode* table, const std::string& variable, const std::string& path,
                  T& out);
  /// The problems, among them variables that name no key, as one error.
  Result<void> finish();

 private:
  template <class T>
  void read_field(const ConfigNode* node, const std::string& variable, const std::string& path,
                  T& out);
  void read_secret(const ConfigNode* table, const std::string& variable, std::string_view key,
                   Secret& out);
  /// Whether the node said something that T takes; else the problem is noted.
  template <class T>
  void read_value(const ConfigNode& node, T& out);
  bool expect(const ConfigNode& node, ConfigNode::Kind wanted);
  bool expect_table(const ConfigNode* node);
  void check_keys(const ConfigNode* table, const std::vector<std::string>& known,
                  const std::string& path);
  void load_secret_file(const ConfigNode& node, Secret& out);
  /// The variable's value; notes that the name is known.
  const std::string* find_variable(const std::string& name);
  void problem(std::string line);

  const std::map<std::string, std::string>& environment_;
  std::set<std::string> variables_;
  std::set<std::string> prefixes_;
  std::vector<std::string> problems_;
};

/// The kind of node that says a T.
template <class T>
constexpr ConfigNode::Kind kind_of() {
  if constexpr (std::same_as<T, bool>) {
    return ConfigNode::Kind::Bool;
  } else if constexpr (codec::Integer<T>) {
    return ConfigNode::Kind::Integer;
  } else if constexpr (codec::kIsVector<T>) {
    return ConfigNode::Kind::List;
  } else if constexpr (codec::kIsOptional<T>) {
    return kind_of<typename T::value_type>();
  } else if constexpr (codec::DescribedStruct<T>) {
    return ConfigNode::Kind::Table;
  } else {
    return ConfigNode::Kind::String;
  }
}

template <codec::DescribedStruct T>
void ConfigReader::read_table(const ConfigNode* table, const std::string& variable,
                              const std::string& path, T& out) {
  if (!expect_table(table)) return;
  if (!variable.empty() && variable != "REMIT") prefixes_.insert(variable + "_");
  std::vector<std::string> known;
  codec::for_each_field<T>([&](auto descriptor) {
    const std::string key = descriptor.name;
    auto& field = out.*descriptor.pointer;
    const std::string name = variable.empty() ? "" : environment_name(variable, key);
    if constexpr (std::same_as<std::remove_cvref_t<decltype(field)>, Secret>) {
      known.push_back(key + "_file");
      read_secret(table, name, key, field);
    } else {
      known.push_back(key);
      read_field(table != nullptr ? table->find(key) : nullptr, name,
                 path.empty() ? key : path + "." + key, field);
    }
  });
  check_keys(table, known, path);
}

template <class T>
void ConfigReader::read_field(const ConfigNode* node, const std::string& variable,
                              const std::string& path, T& out) {
  if constexpr (codec::DescribedStruct<T>) {
    read_table(node, variable, path, out);
  } else {
    if (node != nullptr) read_value(*node, out);
    if (const std::string* text = find_variable(variable)) {
      auto said = node_of_text(*text, kind_of<T>(), variable);
      if (said) {
        read_value(*said, out);
      } else {
        problem(std::move(said).error());
      }
    }
  }
}

template <class T>
void ConfigReader::read_value(const ConfigNode& node, T& out) {
  if constexpr (codec::kIsOptional<T>) {
    read_value(node, out.emplace());
  } else if constexpr (codec::DescribedStruct<T>) {
    read_table(&node, "", node.key, out);
  } else if constexpr (codec::kIsVector<T>) {
    if (!expect(node, ConfigNode::Kind::List)) return;
    out.clear();
    for (const ConfigNode& item : node.children) read_value(item, out.emplace_back());
  } else if (!expect(node, kind_of<T>())) {
    return;
  } else if constexpr (std::same_as<T, bool>) {
    out = node.flag;
  } else if constexpr (codec::Integer<T>) {
    if (!std::in_range<T>(node.integer)) {
      return problem(fmt::format("{}: {} is not between {} and {}", node.place, node.integer,
                                 std::numeric_limits<T>::min(), std::numeric_limits<T>::max()));
    }
    out = static_cast<T>(node.integer);
  } else if constexpr (std::same_as<T, Duration>) {
    const auto duration = parse_duration(node.text);
    if (!duration) {
      return problem(
          fmt::format("{}: {} is not a duration; write a number and us, ms, s, m, h or d",
                      node.place, quote_toml(node.text)));
    }
    out = *duration;
  } else if constexpr (codec::DescribedEnum<T>) {
    std::vector<std::string> names;
    bool found = false;
    boost::mp11::mp_for_each<codec::Enumerators<T>>([&](auto one) {
      names.emplace_back(codec::json_name(one.value));
      if (names.back() != node.text) return;
      out = one.value;
      found = true;
    });
    if (!found) {
      problem(fmt::format("{}: {} is none of {}", node.place, quote_toml(node.text),
                          fmt::join(names, ", ")));
    }
  } else {
    static_assert(std::same_as<T, std::string> || std::same_as<T, std::filesystem::path>,
                  "a type that configuration does not know");
    out = node.text;
  }
}

}  // namespace remit::service
