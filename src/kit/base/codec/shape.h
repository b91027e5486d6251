#pragma once

#include "kit/base/bytes.h"
#include "kit/base/result.h"
#include "kit/base/strong.h"
#include "kit/base/time.h"

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>
#include <boost/describe/enumerators.hpp>
#include <boost/describe/members.hpp>
#include <boost/mp11/algorithm.hpp>

#include <array>
#include <concepts>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

/// What kind of type a T is: the one classification behind binary, JSON and JSON Schema, so that a
/// type that one encoding knows is known to all.
namespace remit::codec {

/// Gives a type that is not plain the encoding of a simpler one. Specialise it next to the type:
///   static <Wire> to(const T&);             by value or by const reference
///   static Result<T> from(Wire);            refuses what T cannot be
/// where Wire is any type that the codec knows. Applies to every encoding unless JsonCustom differs.
template <class T>
struct Custom;

template <class T>
concept CustomEncoded = requires(const T& value) { Custom<T>::to(value); };

template <class T>
using CustomWire = std::remove_cvref_t<decltype(Custom<T>::to(std::declval<const T&>()))>;

/// A struct under BOOST_DESCRIBE_STRUCT. Its public members, inherited ones first, are its fields.
template <class T>
concept DescribedStruct = std::is_class_v<T> && boost::describe::has_describe_members<T>::value;

template <class T>
concept DescribedEnum = std::is_enum_v<T> && boost::describe::has_describe_enumerators<T>::value;

/// Any integer that is a number: not bool, not a character.
template <class T>
concept Integer = std::integral<T> && !std::same_as<T, bool> && !std::same_as<T, char> &&
                  !std::same_as<T, wchar_t> && !std::same_as<T, char8_t> &&
                  !std::same_as<T, char16_t> && !std::same_as<T, char32_t>;

template <class T>
using Fields = boost::describe::describe_members<T, boost::describe::mod_public |
                                                        boost::describe::mod_inherited>;

/// Calls `visit(descriptor)` for each field of T in declared order; `object.*descriptor.pointer` is
/// the field, `descriptor.name` its name.
template <DescribedStruct T, class Visit>
constexpr void for_each_field(Visit&& visit) {
  boost::mp11::mp_for_each<Fields<T>>(std::forward<Visit>(visit));
}

template <DescribedStruct T>
inline constexpr std::size_t kFieldCount = boost::mp11::mp_size<Fields<T>>::value;

template <DescribedEnum T>
using Enumerators = boost::describe::describe_enumerators<T>;

/// True when a described enumerator has this value.
template <DescribedEnum T>
constexpr bool is_enumerator(T value) {
  bool found = false;
  boost::mp11::mp_for_each<Enumerators<T>>([&](auto one) { found |= one.value == value; });
  return found;
}

template <class T>
inline constexpr bool kIsOptional = false;
template <class T>
inline constexpr bool kIsOptional<std::optional<T>> = true;

template <class T>
inline constexpr bool kIsVector = false;
template <class T>
inline constexpr bool kIsVector<std::vector<T>> =
    !std::same_as<T, std::byte> && !std::same_as<T, bool>;

template <class T>
inline constexpr bool kIsStringMap = false;
template <class T>
inline constexpr bool kIsStringMap<std::map<std::string, T>> = true;

template <class T>
inline constexpr bool kIsVariant = false;
template <class... T>
inline constexpr bool kIsVariant<std::variant<T...>> = true;

template <class T>
inline constexpr bool kIsByteArray = false;
template <std::size_t N>
inline constexpr bool kIsByteArray<std::array<std::byte, N>> = N > 0;
template <std::size_t N>
inline constexpr bool kIsByteArray<std::array<std::uint8_t, N>> = N > 0;

template <class T>
inline constexpr bool kIsStrongNumber = false;
template <class Tag>
inline constexpr bool kIsStrongNumber<StrongNumber<Tag>> = true;

/// For the last branch of a chain over types.
template <class T>
inline constexpr bool kNoEncoding = false;

}  // namespace remit::codec
