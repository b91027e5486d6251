#pragma once

#include "kit/base/codec/json.h"

#include <limits>
#include <map>
#include <string>
#include <string_view>

/// JSON Schema (draft 2020-12) of described structs: exactly what `from_json` takes by default.
/// JsonFields adds descriptions, and rules that whoever reads the struct holds it to.
namespace remit::codec {

/// Collects the definitions that schemas refer to. Schemas are JSON texts.
class JsonSchemas {
 public:
  /// Definitions are referred to as prefix + name; OpenAPI has "#/components/schemas/".
  explicit JsonSchemas(std::string prefix = "#/$defs/") : prefix_(std::move(prefix)) {}

  /// The schema of T: a reference for a struct or an enum, which is then among the definitions.
  template <class T>
  std::string add();

  /// Puts a schema that was made by hand among the definitions, and refers to it. The same name twice is the same schema.
  std::string define(const std::string& name, std::string schema);

  /// An object of all definitions by name.
  std::string definitions() const;

 private:
  template <class T>
  std::string define_struct();
  template <class T>
  std::string define_enum();
  template <class T>
  std::string integer();
  template <class... T>
  std::string one_of(const std::variant<T...>*);

  /// The name of the definition: the short one, or if that is another type's the qualified one.
  /// `fresh` says that it must be defined now.
  std::string reserve(std::string_view short_name, std::string_view qualified, bool& fresh);
  std::string reference(const std::string& name) const;

  struct Definition {
    std::string qualified;
    std::string schema;
  };

  std::string prefix_;
  std::map<std::string, Definition> by_name_;
};

/// What definitions call T.
template <class T>
constexpr std::string_view schema_name() {
  if constexpr (requires { JsonNames<T>::kTypeName; }) return JsonNames<T>::kTypeName;
  return type_name<T>();
}

namespace detail {

/// The schema with a description, or with these members, put in.
std::string described(std::string schema, std::string_view description);
std::string ruled(std::string schema, std::string_view members);
/// The schema of what may also be null.
std::string nullable(std::string schema);
std::string integer_schema(std::int64_t low, std::uint64_t high, std::string_view format);
std::string array_schema(std::string_view items);
std::string map_schema(std::string_view values);
std::string bytes_schema(std::size_t bytes, bool fixed);
std::string document_schema(std::string root, const JsonSchemas& schemas);

template <class T>
constexpr std::string_view description_of(std::string_view field) {
  if constexpr (requires { JsonFields<T>::kDescriptions; }) {
    for (const JsonDescription& one : JsonFields<T>::kDescriptions) {
      if (one.field == field) return one.text;
    }
  }
  return {};
}

template <class T>
constexpr std::string_view rule_of(std::string_view field) {
  if constexpr (requires { JsonFields<T>::kRules; }) {
    for (const JsonRule& one : JsonFields<T>::kRules) {
      if (one.field == field) return one.members;
    }
  }
  return {};
}

}  // namespace detail

/// A whole schema document for T, definitions included.
template <class T>
std::string json_schema() {
  JsonSchemas schemas;
  return detail::document_schema(schemas.add<T>(), schemas);
}

template <class T>
std::string JsonSchemas::integer() {
  using Limits = std::numeric_limits<T>;
  const std::string_view format = std::same_as<T, std::int64_t> ? "int64" : "";
  return detail::integer_schema(static_cast<std::int64_t>(Limits::min()),
                                static_cast<std::uint64_t>(Limits::max()), format);
}

template <class... T>
std::string JsonSchemas::one_of(const std::variant<T...>*) {
  JsonWriter writer;
  writer.begin_object();
  writer.write_key("oneOf");
  writer.begin_array();
  const auto add_alternative = [&]<class A>(const A*) {
    writer.begin_object();
    writer.write_key("type");
    writer.write_string("object");
    writer.write_key("properties");
    writer.begin_object();
    writer.write_key(kJsonTag<A>);
    writer.write_raw(add<A>());
    writer.end_object();
    writer.write_key("required");
    writer.begin_array();
    writer.write_string(kJsonTag<A>);
    writer.end_array();
    writer.write_key("additionalProperties");
    writer.write_bool(false);
    writer.end_object();
  };
  (add_alternative(static_cast<const T*>(nullptr)), ...);
  writer.end_array();
  writer.end_object();
  return writer.take();
}

template <class T>
std::string JsonSchemas::define_enum() {
  bool fresh = false;
  const std::string name = reserve(schema_name<T>(), detail::qualified_name<T>(), fresh);
  if (fresh) {
    JsonWriter writer;
    writer.begin_object();
    writer.write_key("type");
    writer.write_string("string");
    writer.write_key("enum");
    writer.begin_array();
    for (const std::string_view value : detail::kEnumNames<T>) writer.write_string(value);
    writer.end_array();
    writer.end_object();
    by_name_[name].schema = detail::described(writer.take(), detail::description_of<T>(""));
  }
  return reference(name);
}

template <class T>
std::string JsonSchemas::define_struct() {
  bool fresh = false;
  const std::string name = reserve(schema_name<T>(), detail::qualified_name<T>(), fresh);
  if (!fresh) return reference(name);
  JsonWriter writer;
  JsonWriter required;
  required.begin_array();
  writer.begin_object();
  writer.write_key("type");
  writer.write_string("object");
  writer.write_key("properties");
  writer.begin_object();
  for_each_field<T>([&](auto field) {
    using Descriptor = decltype(field);
    using Field = std::remove_cvref_t<decltype(std::declval<T&>().*field.pointer)>;
    writer.write_key(kJsonName<T, Descriptor>);
    writer.write_raw(detail::described(detail::ruled(add<Field>(), detail::rule_of<T>(field.name)),
                                       detail::description_of<T>(field.name)));
    if (is_required<T, Descriptor>()) required.write_string(kJsonName<T, Descriptor>);
  });
  writer.end_object();
  required.end_array();
  if (required.text() != "[]") {
    writer.write_key("required");
    writer.write_raw(required.text());
  }
  writer.write_key("additionalProperties");
  writer.write_bool(false);
  writer.end_object();
  by_name_[name].schema = detail::described(detail::ruled(writer.take(), detail::rule_of<T>("")),
                                            detail::description_of<T>(""));
  return reference(name);
}

template <class T>
std::string JsonSchemas::add() {
  if constexpr (std::same_as<T, RawJson>) {
    return "{}";
  } else if constexpr (requires { JsonCustom<T>::kSchema; }) {
    return std::string(JsonCustom<T>::kSchema);
  } else if constexpr (JsonCustomEncoded<T>) {
    return add<JsonWire<T>>();
  } else if constexpr (CustomEncoded<T>) {
    return add<CustomWire<T>>();
  } else if constexpr (std::same_as<T, bool>) {
    return R"({"type":"boolean"})";
  } else if constexpr (DescribedEnum<T>) {
    return define_enum<T>();
  } else if constexpr (Integer<T>) {
    return integer<T>();
  } else if constexpr (std::same_as<T, std::string>) {
    return R"({"type":"string"})";
  } else if constexpr (std::same_as<T, Bytes>) {
    return detail::bytes_schema(0, false);
  } else if constexpr (kIsByteArray<T>) {
    return detail::bytes_schema(std::tuple_size_v<T>, true);
  } else if constexpr (std::same_as<T, TypeId>) {
    return R"re({"type":"string","pattern":"^([a-z]([a-z_]{0,6}[a-z])?_)?[0-7][0-9a-hjkmnp-tv-z]{25}$"})re";
  } else if constexpr (kIsStrongNumber<T>) {
    return integer<std::uint64_t>();
  } else if constexpr (std::same_as<T, Timestamp>) {
    return R"({"type":"string","format":"date-time"})";
  } else if constexpr (std::same_as<T, Duration>) {
    return detail::described(integer<std::int64_t>(), "Microseconds.");
  } else if constexpr (kIsOptional<T>) {
    return detail::nullable(add<typename T::value_type>());
  } else if constexpr (kIsVector<T>) {
    return detail::array_schema(add<typename T::value_type>());
  } else if constexpr (kIsStringMap<T>) {
    return detail::map_schema(add<typename T::mapped_type>());
  } else if constexpr (kIsVariant<T>) {
    return one_of(static_cast<const T*>(nullptr));
  } else if constexpr (DescribedStruct<T>) {
    return define_struct<T>();
  } else {
    static_assert(kNoEncoding<T>, "describe T (BOOST_DESCRIBE_STRUCT) or specialise codec::Custom");
  }
}

}  // namespace remit::codec
