#pragma once

#include "kit/base/codec/shape.h"

#include <array>
#include <cstdint>
#include <string_view>

namespace remit::codec {

/// How a C++ name is spelled in JSON. `outcome_unknown` or `OutcomeUnknown` become:
enum class NameStyle : std::uint8_t {
  AsWritten,   ///< The C++ name.
  SnakeCase,   ///< outcome_unknown
  CamelCase,   ///< outcomeUnknown
  PascalCase,  ///< OutcomeUnknown, as Open Banking writes its members.
  UpperCase,   ///< OUTCOMEUNKNOWN, as ISO 20022 writes its codes.
};

struct JsonRename {
  std::string_view from;  ///< The C++ name.
  std::string_view to;
};

/// The JSON names of T's fields (a struct: AsWritten unless said otherwise) or of its enumerators (an
/// enum: SnakeCase). Specialise it with either or both of
///   static constexpr NameStyle kStyle = NameStyle::PascalCase;
///   static constexpr JsonRename kRenamed[] = {{"sca_support", "SCASupportData"}};
/// and, for what schemas call the type itself,
///   static constexpr std::string_view kTypeName = "Payment";
template <class T>
struct JsonNames {};

struct JsonDescription {
  std::string_view field;  ///< The C++ name; empty describes the type itself.
  std::string_view text;
};

/// What a field satisfies beyond its type.
struct JsonRule {
  std::string_view field;    ///< The C++ name; empty: the type itself.
  std::string_view members;  ///< Members of its JSON Schema: R"("minimum":1,"examples":[1250])".
};

/// What a description cannot say of a struct's fields. Specialise it with any of
///   static constexpr std::string_view kMayBeAbsent[] = {"limit"};   their default then stands
///   static constexpr JsonDescription kDescriptions[] = {{"limit", "Items on a page, 1 to 100."}};
///   static constexpr JsonRule kRules[] = {{"limit", R"("minimum":1,"maximum":100)"}};
/// Rules are for readers of the schema: from_json does not check them.
template <class T>
struct JsonFields {};

namespace detail {

struct FixedName {
  std::array<char, 96> chars{};
  std::size_t size = 0;
  constexpr void add(char c) { chars[size++] = c; }
  constexpr std::string_view view() const { return {chars.data(), size}; }
};

constexpr bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
constexpr char to_upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}
constexpr char to_lower(char c) {
  return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Words begin after '_' and at a capital that follows a small letter or digit.
constexpr FixedName styled(std::string_view name, NameStyle style) {
  FixedName out;
  bool word_begins = true;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    if (style == NameStyle::AsWritten) {
      out.add(c);
      continue;
    }
    if (c == '_') {
      word_begins = true;
      continue;
    }
    if (is_upper(c) && i > 0 && !is_upper(name[i - 1])) word_begins = true;
    const bool first = out.size == 0;
    if (word_begins && !first && style == NameStyle::SnakeCase) out.add('_');
    const bool capital = style == NameStyle::UpperCase ||
                         (word_begins && (style == NameStyle::PascalCase ||
                                          (style == NameStyle::CamelCase && !first)));
    out.add(capital ? to_upper(c) : to_lower(c));
    word_begins = false;
  }
  return out;
}

template <class T>
constexpr FixedName json_name_of(std::string_view name) {
  if constexpr (requires { JsonNames<T>::kRenamed; }) {
    for (const JsonRename& renamed : JsonNames<T>::kRenamed) {
      if (renamed.from == name) return styled(renamed.to, NameStyle::AsWritten);
    }
  }
  NameStyle style = std::is_enum_v<T> ? NameStyle::SnakeCase : NameStyle::AsWritten;
  if constexpr (requires { JsonNames<T>::kStyle; }) style = JsonNames<T>::kStyle;
  return styled(name, style);
}

template <class T, class Descriptor>
struct NameHolder {
  static constexpr FixedName kName = json_name_of<T>(Descriptor::name);
};

/// "remit::terms::Account" out of what the compiler says of this function.
template <class T>
constexpr std::string_view qualified_name() {
  constexpr std::string_view text = __PRETTY_FUNCTION__;
  constexpr std::string_view mark = "T = ";
  constexpr std::size_t from = text.find(mark) + mark.size();
  constexpr std::size_t to = text.find_first_of(";]", from);
  return text.substr(from, to - from);
}

}  // namespace detail

/// The JSON name of one field or enumerator of T, by its Boost.Describe descriptor.
template <class T, class Descriptor>
inline constexpr std::string_view kJsonName = detail::NameHolder<T, Descriptor>::kName.view();

/// The name of a type without its namespaces: "Account".
template <class T>
constexpr std::string_view type_name() {
  const std::string_view name = detail::qualified_name<T>();
  const std::size_t colon = name.rfind(':', name.find('<'));
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

namespace detail {

template <class T>
struct TagHolder {
  static constexpr FixedName kTag = styled(type_name<T>(), NameStyle::SnakeCase);
};

}  // namespace detail

/// What tells apart the alternatives of a variant in JSON: the type's name in snake_case.
template <class T>
inline constexpr std::string_view kJsonTag = detail::TagHolder<T>::kTag.view();

/// The JSON name of an enumerator; empty when the value has none.
template <DescribedEnum T>
std::string_view json_name(T value) {
  std::string_view name;
  boost::mp11::mp_for_each<Enumerators<T>>([&](auto one) {
    if (one.value == value) name = kJsonName<T, decltype(one)>;
  });
  return name;
}

/// True when the member must be there: an optional, a vector or a map may be absent, and so may what
/// JsonFields says.
template <class T, class Descriptor>
constexpr bool is_required() {
  using Field = std::remove_cvref_t<decltype(std::declval<T&>().*Descriptor::pointer)>;
  if constexpr (kIsOptional<Field> || kIsVector<Field> || kIsStringMap<Field>) return false;
  if constexpr (requires { JsonFields<T>::kMayBeAbsent; }) {
    for (const std::string_view name : JsonFields<T>::kMayBeAbsent) {
      if (name == Descriptor::name) return false;
    }
  }
  return true;
}

}  // namespace remit::codec
