#pragma once

#include "lab/bank/json.h"
#include "lab/bank/refusal.h"

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>

namespace remit::lab::bank {

/// A JSON value's shape, as the OpenAPI document of the Read/Write API v4.0 describes it. Made of
/// constants; see domestic_schema.cc.
struct Schema {
  struct Field {
    std::string_view name;
    const Schema* schema;
    bool required = false;
  };
  enum class Kind : std::uint8_t { Object, Array, Text, Boolean, Integer, DateTime };

  Kind kind = Kind::Text;
  std::size_t size_min = 0;  ///< Characters of a text, items of an array.
  std::size_t size_max = std::numeric_limits<std::size_t>::max();
  bool (*valid)(std::string_view text) = nullptr;  ///< A text's pattern or list of values.
  std::span<const Field> fields = {};
  const Schema* items = nullptr;
  bool open = false;  ///< An object that may have members that are not listed.
};

/// Refuses with U004 (missing), U005 (not in the schema), U010 (wrong type), U003 (not a date) or
/// U002 (anything else), and the path of the first culprit.
Answer<void> check_schema(const json::value& value, const Schema& schema, const std::string& path);

}  // namespace remit::lab::bank
