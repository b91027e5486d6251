#pragma once

#include "kit/base/codec/json_document.h"
#include "kit/base/codec/json_names.h"
#include "kit/base/codec/json_reader.h"
#include "kit/base/codec/json_writer.h"
#include "kit/base/codec/raw_json.h"
#include "kit/base/codec/shape.h"
#include "kit/base/codec/values.h"

#include <array>
#include <limits>
#include <string>
#include <string_view>

/// JSON of described structs: what the API and published facts speak. Members have the fields' names
/// (json_names.h changes them) in declared order. Integers are exact; enums are names; times are RFC
/// 3339; bytes are base64; a Duration is its microseconds; an optional without value is left out; a
/// variant is an object of one member whose name is the alternative's type in snake_case.
namespace remit::codec {

/// As Custom, for JSON alone, where it comes first. May add
///   static constexpr std::string_view kSchema;   a JSON Schema, instead of that of the wire type
template <class T>
struct JsonCustom;

template <class T>
concept JsonCustomEncoded = requires(const T& value) { JsonCustom<T>::to(value); };

template <class T>
using JsonWire = std::remove_cvref_t<decltype(JsonCustom<T>::to(std::declval<const T&>()))>;

template <class T>
void write_json(JsonWriter& writer, const T& value);
template <class T>
bool read_json(JsonReader& reader, const JsonNode& node, T& value);

template <class T>
std::string to_json(const T& value) {
  JsonWriter writer;
  write_json(writer, value);
  return writer.take();
}

/// Reads a whole JSON text. Unknown and duplicate members, absent required ones, numbers that are not
/// exactly what the field holds and text that is not UTF-8 are refused. Fails with InvalidArgument
/// (LimitExceeded for json_too_large), a reason `json_...`, a message that says what to do, and the
/// path of the culprit ("items[3].amount") as its field.
template <class T>
Result<T> from_json(std::string_view text, const JsonOptions& options = {}) {
  const JsonDocument document = TRY(JsonDocument::parse(text, options.limits));
  JsonReader reader(options);
  T value{};
  if (!read_json(reader, document.root(), value)) return std::unexpected(reader.take_error());
  return value;
}

namespace detail {

template <class T>
inline constexpr auto kMemberNames = []<template <class...> class L, class... D>(L<D...>) {
  return std::array<std::string_view, sizeof...(D)>{kJsonName<T, D>...};
}(Fields<T>());

template <class T>
inline constexpr auto kEnumNames = []<template <class...> class L, class... D>(L<D...>) {
  return std::array<std::string_view, sizeof...(D)>{kJsonName<T, D>...};
}(Enumerators<T>());

template <class T>
inline constexpr auto kEnumValues = []<template <class...> class L, class... D>(L<D...>) {
  return std::array<T, sizeof...(D)>{D::value...};
}(Enumerators<T>());

template <class T>
inline constexpr std::array<std::string_view, 0> kTags{};
template <class... T>
inline constexpr std::array<std::string_view, sizeof...(T)> kTags<std::variant<T...>> = {
    kJsonTag<T>...};

template <class T>
void write_json_struct(JsonWriter& writer, const T& value) {
  writer.begin_object();
  for_each_field<T>([&](auto field) {
    const auto& member = value.*field.pointer;
    if constexpr (kIsOptional<std::remove_cvref_t<decltype(member)>>) {
      if (!member) return;
    }
    writer.write_key(kJsonName<T, decltype(field)>);
    write_json(writer, member);
  });
  writer.end_object();
}

template <class T>
bool read_json_struct(JsonReader& reader, const JsonNode& node, T& value) {
  if (!reader.expect(node, JsonKind::Object, "an object")) return false;
  bool good = true;
  std::uint32_t found = 0;
  for_each_field<T>([&](auto field) {
    if (!good) return;
    constexpr std::string_view name = kJsonName<T, decltype(field)>;
    const JsonNode* member = node.find(name);
    if (member == nullptr) {
      const bool refused = is_required<T, decltype(field)>() &&
                           reader.options().absent_members == AbsentMembers::Refuse;
      if (refused) good = reader.refuse_absent(name);
      return;
    }
    ++found;
    reader.enter(name);
    good = read_json(reader, *member, value.*field.pointer);
    reader.leave();
  });
  return good && (found == node.count || reader.check_unknown(node, kMemberNames<T>));
}

template <class T>
bool read_json_vector(JsonReader& reader, const JsonNode& node, std::vector<T>& value) {
  if (!reader.expect(node, JsonKind::Array, "an array")) return false;
  value.clear();
  value.reserve(node.count);
  const JsonNode* item = node.first();
  for (std::size_t i = 0; i < node.count; ++i, item = item->next()) {
    reader.enter(i);
    if (!read_json(reader, *item, value.emplace_back())) return false;
    reader.leave();
  }
  return true;
}

template <class T>
bool read_json_map(JsonReader& reader, const JsonNode& node, std::map<std::string, T>& value) {
  if (!reader.expect(node, JsonKind::Object, "an object")) return false;
  value.clear();
  const JsonNode* member = node.first();
  for (std::size_t i = 0; i < node.count; ++i, member = member->next()) {
    reader.enter(member->key);
    if (!read_json(reader, *member, value[std::string(member->key)])) return false;
    reader.leave();
  }
  return true;
}

template <class... T>
bool read_json_variant(JsonReader& reader, const JsonNode& node, std::variant<T...>& value) {
  if (!reader.expect(node, JsonKind::Object, "an object")) return false;
  if (!reader.check_unknown(node, kTags<std::variant<T...>>)) return false;
  std::size_t index = 0;
  const JsonNode* member = nullptr;
  for (std::size_t i = 0; i < sizeof...(T); ++i) {
    const JsonNode* candidate = node.find(kTags<std::variant<T...>>[i]);
    if (candidate == nullptr) continue;
    if (member != nullptr) return reader.refuse("json_wrong_type", "Send one alternative only.");
    member = candidate;
    index = i;
  }
  if (member == nullptr) return reader.refuse_absent(kTags<std::variant<T...>>[0]);
  reader.enter(kTags<std::variant<T...>>[index]);
  const bool good = boost::mp11::mp_with_index<sizeof...(T)>(
      index, [&](auto i) { return read_json(reader, *member, value.template emplace<i.value>()); });
  reader.leave();
  return good;
}

template <class Codec, class Wire, class T>
bool read_json_through(JsonReader& reader, const JsonNode& node, T& value) {
  Wire wire{};
  if (!read_json(reader, node, wire)) return false;
  auto made = Codec::from(std::move(wire));
  if (!made) return reader.refuse(std::move(made).error());
  value = *std::move(made);
  return true;
}

template <class T>
bool read_json_integer(JsonReader& reader, const JsonNode& node, T& value) {
  using Limits = std::numeric_limits<T>;
  if constexpr (std::signed_integral<T>) {
    std::int64_t number = 0;
    if (!reader.read_signed(node, Limits::min(), Limits::max(), number)) return false;
    value = static_cast<T>(number);
  } else {
    std::uint64_t number = 0;
    if (!reader.read_unsigned(node, Limits::max(), number)) return false;
    value = static_cast<T>(number);
  }
  return true;
}

}  // namespace detail

template <class T>
void write_json(JsonWriter& writer, const T& value) {
  if constexpr (std::same_as<T, RawJson>) {
    writer.write_raw(value.text);
  } else if constexpr (JsonCustomEncoded<T>) {
    write_json<JsonWire<T>>(writer, JsonCustom<T>::to(value));
  } else if constexpr (CustomEncoded<T>) {
    write_json<CustomWire<T>>(writer, Custom<T>::to(value));
  } else if constexpr (std::same_as<T, bool>) {
    writer.write_bool(value);
  } else if constexpr (DescribedEnum<T>) {
    writer.write_string(json_name(value));
  } else if constexpr (Integer<T>) {
    if constexpr (std::signed_integral<T>) {
      writer.write_signed(value);
    } else {
      writer.write_unsigned(value);
    }
  } else if constexpr (std::same_as<T, std::string>) {
    writer.write_string(value);
  } else if constexpr (std::same_as<T, Bytes> || kIsByteArray<T>) {
    writer.write_base64(std::as_bytes(std::span(value)));
  } else if constexpr (std::same_as<T, TypeId>) {
    writer.write_string(value.empty() ? std::string() : value.to_string());
  } else if constexpr (kIsStrongNumber<T>) {
    writer.write_unsigned(value.value);
  } else if constexpr (std::same_as<T, Timestamp>) {
    writer.write_timestamp(value);
  } else if constexpr (std::same_as<T, Duration>) {
    writer.write_signed(value.count());
  } else if constexpr (kIsOptional<T>) {
    if (value) {
      write_json(writer, *value);
    } else {
      writer.write_null();
    }
  } else if constexpr (kIsVector<T>) {
    writer.begin_array();
    for (const auto& item : value) write_json(writer, item);
    writer.end_array();
  } else if constexpr (kIsStringMap<T>) {
    writer.begin_object();
    for (const auto& [key, item] : value) {
      writer.write_key(key);
      write_json(writer, item);
    }
    writer.end_object();
  } else if constexpr (kIsVariant<T>) {
    writer.begin_object();
    writer.write_key(detail::kTags<T>[value.index()]);
    std::visit([&](const auto& alternative) { write_json(writer, alternative); }, value);
    writer.end_object();
  } else if constexpr (DescribedStruct<T>) {
    detail::write_json_struct(writer, value);
  } else {
    static_assert(kNoEncoding<T>, "describe T (BOOST_DESCRIBE_STRUCT) or specialise codec::Custom");
  }
}

template <class T>
bool read_json(JsonReader& reader, const JsonNode& node, T& value) {
  if constexpr (std::same_as<T, RawJson>) {
    JsonWriter writer;
    write_node(writer, node);
    value.text = writer.take();
    return true;
  } else if constexpr (JsonCustomEncoded<T>) {
    return detail::read_json_through<JsonCustom<T>, JsonWire<T>>(reader, node, value);
  } else if constexpr (CustomEncoded<T>) {
    return detail::read_json_through<Custom<T>, CustomWire<T>>(reader, node, value);
  } else if constexpr (std::same_as<T, bool>) {
    return reader.read_bool(node, value);
  } else if constexpr (DescribedEnum<T>) {
    std::size_t index = 0;
    if (!reader.read_name(node, detail::kEnumNames<T>, index)) return false;
    value = detail::kEnumValues<T>[index];
    return true;
  } else if constexpr (Integer<T>) {
    return detail::read_json_integer(reader, node, value);
  } else if constexpr (std::same_as<T, std::string>) {
    return reader.read_string(node, value);
  } else if constexpr (std::same_as<T, Bytes>) {
    return reader.read_base64(node, value);
  } else if constexpr (kIsByteArray<T>) {
    return reader.read_base64(node, std::as_writable_bytes(std::span(value)));
  } else if constexpr (std::same_as<T, TypeId>) {
    return reader.read_type_id(node, value);
  } else if constexpr (kIsStrongNumber<T>) {
    return detail::read_json_integer(reader, node, value.value);
  } else if constexpr (std::same_as<T, Timestamp>) {
    return reader.read_timestamp(node, value);
  } else if constexpr (std::same_as<T, Duration>) {
    std::int64_t count = 0;
    if (!detail::read_json_integer(reader, node, count)) return false;
    value = Duration(count);
    return true;
  } else if constexpr (kIsOptional<T>) {
    value.reset();
    return node.kind == JsonKind::Null || read_json(reader, node, value.emplace());
  } else if constexpr (kIsVector<T>) {
    return detail::read_json_vector(reader, node, value);
  } else if constexpr (kIsStringMap<T>) {
    return detail::read_json_map(reader, node, value);
  } else if constexpr (kIsVariant<T>) {
    return detail::read_json_variant(reader, node, value);
  } else if constexpr (DescribedStruct<T>) {
    return detail::read_json_struct(reader, node, value);
  } else {
    static_assert(kNoEncoding<T>, "describe T (BOOST_DESCRIBE_STRUCT) or specialise codec::Custom");
  }
}

}  // namespace remit::codec
