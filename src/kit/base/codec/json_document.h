#pragma once

#include "kit/base/result.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace remit::codec {

class JsonWriter;

/// How much JSON is taken from a stranger. What is above is refused, not cut.
struct JsonLimits {
  std::size_t bytes_max = 1024 * 1024;
  std::size_t depth_max = 64;
  std::size_t members_max = 10'000;  ///< Members of objects and items of arrays, all together.
};

enum class JsonKind : std::uint8_t {
  Null,
  Bool,
  Signed,    ///< An integer that fits std::int64_t.
  Unsigned,  ///< An integer that fits std::uint64_t only.
  Number,    ///< Any other number; `text` has its digits as they were written.
  String,
  Array,
  Object,
};

/// A value within a JsonDocument, followed in memory by those that it holds.
struct JsonNode {
  JsonKind kind = JsonKind::Null;
  std::uint32_t count = 0;  ///< Members or items.
  std::uint32_t span = 1;   ///< Nodes of this value, itself included.
  std::uint64_t bits = 0;   ///< Bool, Signed (two's complement) or Unsigned.
  std::string_view text;    ///< String, without escapes; Number.
  std::string_view key;     ///< The name, when it is the member of an object.

  /// The first of `count` children.
  const JsonNode* first() const { return this + 1; }
  /// The next sibling.
  const JsonNode* next() const { return this + span; }
  /// The member of that name; nullptr when there is none.
  const JsonNode* find(std::string_view name) const;
};

/// A parsed JSON text: valid UTF-8, no duplicate names, within its limits, numbers exact. It owns all
/// text, so the source may go.
class JsonDocument {
 public:
  /// Fails with InvalidArgument and one of json_malformed, json_duplicate_key, json_too_deep,
  /// json_number_range; or LimitExceeded and json_too_large.
  static Result<JsonDocument> parse(std::string_view text, const JsonLimits& limits);

  const JsonNode& root() const { return nodes_.front(); }

 private:
  std::vector<JsonNode> nodes_;
  std::unique_ptr<char[]> strings_;
};

/// Writes a node back, numbers with the digits that they came with.
void write_node(JsonWriter& writer, const JsonNode& node);

}  // namespace remit::codec
