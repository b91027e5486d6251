#pragma once

#include "kit/base/codec/json_names.h"
#include "kit/service/config_values.h"

#include <fmt/ranges.h>

#include <filesystem>

namespace remit::service {

/// Prints described structs as TOML. A struct may say what its keys are for: `static std::string_view
/// describe(std::string_view key)`, empty for what needs no words.
class ConfigPrinter {
 public:
  enum class Style : std::uint8_t { Effective, Commented };
  explicit ConfigPrinter(Style style) : style_(style) {}

  /// The table's own keys, then its sub-tables. `path` is its header, empty at the top.
  template <codec::DescribedStruct T>
  void table(const std::string& path, const T& value);
  const std::string& text() const { return text_; }

 private:
  template <class T>
  static constexpr bool is_table();
  template <class T>
  static std::string print(const T& value);
  template <class T>
  static std::string description(std::string_view key);
  template <codec::DescribedStruct T>
  void sub_tables(const std::string& path, const T& value);
  /// `value` is empty for a key without a value.
  void line(const std::string& path, std::string_view key, const std::string& value,
            std::string_view described);
  void secret(const std::string& path, std::string_view key, const Secret& value,
              std::string_view described);
  void header(const std::string& path, bool of_list, std::string_view described);

  Style style_;
  std::string text_;
  bool in_list_ = false;
};

template <class T>
constexpr bool ConfigPrinter::is_table() {
  if constexpr (codec::kIsVector<T>) {
    return codec::DescribedStruct<typename T::value_type>;
  } else {
    return codec::DescribedStruct<T>;
  }
}

template <class T>
std::string ConfigPrinter::print(const T& value) {
  if constexpr (codec::kIsOptional<T>) {
    return value ? print(*value) : "";
  } else if constexpr (codec::kIsVector<T>) {
    std::vector<std::string> items;
    for (const auto& item : value) items.push_back(print(item));
    return fmt::format("[{}]", fmt::join(items, ", "));
  } else if constexpr (std::same_as<T, bool> || codec::Integer<T>) {
    return fmt::format("{}", value);
  } else if constexpr (std::same_as<T, Duration>) {
    return quote_toml(print_duration(value));
  } else if constexpr (codec::DescribedEnum<T>) {
    return quote_toml(codec::json_name(value));
  } else if constexpr (std::same_as<T, std::filesystem::path>) {
    return quote_toml(value.string());
  } else {
    return quote_toml(value);
  }
}

template <class T>
std::string ConfigPrinter::description(std::string_view key) {
  if constexpr (requires { T::describe(key); }) {
    return std::string(T::describe(key));
  } else {
    return {};
  }
}

template <codec::DescribedStruct T>
void ConfigPrinter::table(const std::string& path, const T& value) {
  codec::for_each_field<T>([&](auto descriptor) {
    const auto& field = value.*descriptor.pointer;
    using Field = std::remove_cvref_t<decltype(field)>;
    const std::string described = description<T>(descriptor.name);
    if constexpr (std::same_as<Field, Secret>) {
      secret(path, descriptor.name, field, described);
    } else if constexpr (!is_table<Field>()) {
      line(path, descriptor.name, print(field), described);
    }
  });
  sub_tables(path, value);
}

template <codec::DescribedStruct T>
void ConfigPrinter::sub_tables(const std::string& path, const T& value) {
  codec::for_each_field<T>([&](auto descriptor) {
    const auto& field = value.*descriptor.pointer;
    using Field = std::remove_cvref_t<decltype(field)>;
    const std::string name = path.empty() ? descriptor.name : path + "." + descriptor.name;
    if constexpr (codec::DescribedStruct<Field> && !std::same_as<Field, Secret>) {
      header(name, false, description<T>(descriptor.name));
      table(name, field);
    } else if constexpr (codec::kIsVector<Field> && is_table<Field>()) {
      const bool outer = std::exchange(in_list_, true);
      auto items = field;
      // A list that is empty by default is shown by one item, or nobody would know its keys.
      if (items.empty() && style_ == Style::Commented) items.emplace_back();
      for (const auto& item : items) {
        header(name, true, description<T>(descriptor.name));
        table(name, item);
      }
      in_list_ = outer;
    }
  });
}

}  // namespace remit::service
