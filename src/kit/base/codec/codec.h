#pragma once

#include "kit/base/bytes.h"
#include "kit/base/codec/binary_reader.h"
#include "kit/base/codec/binary_writer.h"
#include "kit/base/codec/shape.h"
#include "kit/base/codec/values.h"
#include "kit/base/result.h"

#include <algorithm>
#include <limits>
#include <utility>

/// The compact binary encoding: what the journal stores. A struct is its length in bytes and its
/// fields in declared order, so a field may be added at the end: a decoder that meets the end early
/// keeps the defaults of the remaining fields, one that knows fewer fields skips the rest. Equal
/// values have equal bytes. docs/adr/0011-codec.md has the format and the rules of evolution.
namespace remit::codec {

template <class T>
void write_value(BinaryWriter& writer, const T& value);
template <class T>
bool read_value(BinaryReader& reader, T& value);

/// Appends the encoding of `value`. Allocates nothing but room in `out`.
template <class T>
void encode_to(const T& value, Bytes& out) {
  BinaryWriter writer(out);
  write_value(writer, value);
  writer.finish();
}

template <class T>
Bytes encode(const T& value) {
  Bytes out;
  encode_to(value, out);
  return out;
}

/// Reads all of `bytes`. Fails with Corrupt and a reason `codec_...` on anything that `encode` of T,
/// in this or a later version, cannot have written.
template <class T>
Result<T> decode(ByteView bytes) {
  BinaryReader reader(bytes);
  T value{};
  if (!read_value(reader, value)) return std::unexpected(reader.error());
  if (!reader.at_end()) {
    reader.refuse("codec_trailing_bytes");
    return std::unexpected(reader.error());
  }
  return value;
}

namespace detail {

template <class T>
bool read_integer(BinaryReader& reader, T& value) {
  if constexpr (std::signed_integral<T>) {
    std::int64_t number = 0;
    if (!reader.read_signed(number)) return false;
    if (!std::in_range<T>(number)) return reader.refuse("codec_number");
    value = static_cast<T>(number);
  } else {
    std::uint64_t number = 0;
    if (!reader.read_unsigned(number)) return false;
    if (!std::in_range<T>(number)) return reader.refuse("codec_number");
    value = static_cast<T>(number);
  }
  return true;
}

template <class T>
bool read_struct(BinaryReader& reader, T& value) {
  const std::byte* outer = nullptr;
  if (!reader.enter_struct(outer)) return false;
  bool good = true;
  for_each_field<T>([&](auto field) {
    if (good && !reader.at_end()) good = read_value(reader, value.*field.pointer);
  });
  if (!good) return false;
  reader.leave_struct(outer);
  return true;
}

template <class T>
bool read_vector(BinaryReader& reader, std::vector<T>& value) {
  std::size_t count = 0;
  if (!reader.read_count(count)) return false;
  value.clear();
  // A count is only a promise: a damaged one must not reserve a multiple of what is there.
  constexpr std::size_t kReserveBytesMax = 65536;
  value.reserve(std::min(count, kReserveBytesMax / sizeof(T) + 1));
  for (std::size_t i = 0; i < count; ++i) {
    if (!read_value(reader, value.emplace_back())) return false;
  }
  return true;
}

template <class T>
bool read_map(BinaryReader& reader, std::map<std::string, T>& value) {
  std::size_t count = 0;
  if (!reader.read_count(count)) return false;
  value.clear();
  for (std::size_t i = 0; i < count; ++i) {
    std::string key;
    if (!read_value(reader, key)) return false;
    if (!value.empty() && key <= value.rbegin()->first) return reader.refuse("codec_map_order");
    if (!read_value(reader, value.emplace_hint(value.end(), std::move(key), T{})->second)) {
      return false;
    }
  }
  return true;
}

template <class... T>
bool read_variant(BinaryReader& reader, std::variant<T...>& value) {
  std::uint64_t index = 0;
  if (!reader.read_unsigned(index)) return false;
  if (index >= sizeof...(T)) return reader.refuse("codec_alternative");
  return boost::mp11::mp_with_index<sizeof...(T)>(static_cast<std::size_t>(index), [&](auto i) {
    return read_value(reader, value.template emplace<i.value>());
  });
}

template <class T>
bool read_custom(BinaryReader& reader, T& value) {
  CustomWire<T> wire{};
  if (!read_value(reader, wire)) return false;
  auto made = Custom<T>::from(std::move(wire));
  if (!made) return reader.refuse(std::move(made).error());
  value = *std::move(made);
  return true;
}

}  // namespace detail

template <class T>
void write_value(BinaryWriter& writer, const T& value) {
  if constexpr (CustomEncoded<T>) {
    write_value<CustomWire<T>>(writer, Custom<T>::to(value));
  } else if constexpr (std::same_as<T, bool>) {
    writer.write_byte(value ? 1 : 0);
  } else if constexpr (DescribedEnum<T>) {
    write_value(writer, static_cast<std::underlying_type_t<T>>(value));
  } else if constexpr (Integer<T>) {
    if constexpr (std::signed_integral<T>) {
      writer.write_signed(value);
    } else {
      writer.write_unsigned(value);
    }
  } else if constexpr (std::same_as<T, std::string> || std::same_as<T, Bytes>) {
    writer.write_sized(value.data(), value.size());
  } else if constexpr (kIsByteArray<T>) {
    writer.write_raw(value.data(), value.size());
  } else if constexpr (std::same_as<T, TypeId>) {
    const std::string_view prefix = value.prefix();
    writer.write_sized(prefix.data(), prefix.size());
    writer.write_raw(value.uuid().data(), value.uuid().size());
  } else if constexpr (kIsStrongNumber<T>) {
    writer.write_unsigned(value.value);
  } else if constexpr (std::same_as<T, Timestamp>) {
    writer.write_signed(value.time_since_epoch().count());
  } else if constexpr (std::same_as<T, Duration>) {
    writer.write_signed(value.count());
  } else if constexpr (kIsOptional<T>) {
    writer.write_byte(value ? 1 : 0);
    if (value) write_value(writer, *value);
  } else if constexpr (kIsVector<T>) {
    writer.write_unsigned(value.size());
    for (const auto& item : value) write_value(writer, item);
  } else if constexpr (kIsStringMap<T>) {
    writer.write_unsigned(value.size());
    for (const auto& [key, item] : value) {
      write_value(writer, key);
      write_value(writer, item);
    }
  } else if constexpr (kIsVariant<T>) {
    writer.write_unsigned(value.index());
    std::visit([&](const auto& alternative) { write_value(writer, alternative); }, value);
  } else if constexpr (DescribedStruct<T>) {
    const std::size_t mark = writer.begin_struct();
    for_each_field<T>([&](auto field) { write_value(writer, value.*field.pointer); });
    writer.end_struct(mark);
  } else {
    static_assert(kNoEncoding<T>, "describe T (BOOST_DESCRIBE_STRUCT) or specialise codec::Custom");
  }
}

template <class T>
bool read_value(BinaryReader& reader, T& value) {
  if constexpr (CustomEncoded<T>) {
    return detail::read_custom(reader, value);
  } else if constexpr (std::same_as<T, bool>) {
    return reader.read_bool(value);
  } else if constexpr (DescribedEnum<T>) {
    std::underlying_type_t<T> number{};
    if (!read_value(reader, number)) return false;
    value = static_cast<T>(number);
    return is_enumerator(value) || reader.refuse("codec_enumerator");
  } else if constexpr (Integer<T>) {
    return detail::read_integer(reader, value);
  } else if constexpr (std::same_as<T, std::string>) {
    ByteView bytes;
    if (!reader.read_sized(bytes)) return false;
    value.assign(as_text(bytes));
    return true;
  } else if constexpr (std::same_as<T, Bytes>) {
    ByteView bytes;
    if (!reader.read_sized(bytes)) return false;
    value.assign(bytes.begin(), bytes.end());
    return true;
  } else if constexpr (kIsByteArray<T>) {
    ByteView bytes;
    if (!reader.read_raw(value.size(), bytes)) return false;
    std::memcpy(value.data(), bytes.data(), bytes.size());
    return true;
  } else if constexpr (std::same_as<T, TypeId>) {
    return reader.read_type_id(value);
  } else if constexpr (kIsStrongNumber<T>) {
    return reader.read_unsigned(value.value);
  } else if constexpr (std::same_as<T, Timestamp>) {
    std::int64_t count = 0;
    if (!reader.read_signed(count)) return false;
    value = Timestamp(Duration(count));
    return true;
  } else if constexpr (std::same_as<T, Duration>) {
    std::int64_t count = 0;
    if (!reader.read_signed(count)) return false;
    value = Duration(count);
    return true;
  } else if constexpr (kIsOptional<T>) {
    bool present = false;
    if (!reader.read_bool(present)) return false;
    value.reset();
    return !present || read_value(reader, value.emplace());
  } else if constexpr (kIsVector<T>) {
    return detail::read_vector(reader, value);
  } else if constexpr (kIsStringMap<T>) {
    return detail::read_map(reader, value);
  } else if constexpr (kIsVariant<T>) {
    return detail::read_variant(reader, value);
  } else if constexpr (DescribedStruct<T>) {
    return detail::read_struct(reader, value);
  } else {
    static_assert(kNoEncoding<T>, "describe T (BOOST_DESCRIBE_STRUCT) or specialise codec::Custom");
  }
}

}  // namespace remit::codec
