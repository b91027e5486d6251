#pragma once

#include "kit/base/bytes.h"
#include "kit/base/codec/json_document.h"
#include "kit/base/result.h"
#include "kit/base/time.h"
#include "kit/base/type_id.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace remit::codec {

/// What becomes of a member that the type does not have.
enum class UnknownMembers : std::uint8_t {
  Refuse,  ///< Our own API: a misspelt name must not be lost.
  Ignore,  ///< Answers of third parties, which may add to them.
};

/// What becomes of a required member that is not there.
enum class AbsentMembers : std::uint8_t {
  Refuse,
  Default,  ///< The field keeps its default.
};

struct JsonOptions {
  UnknownMembers unknown_members = UnknownMembers::Refuse;
  AbsentMembers absent_members = AbsentMembers::Refuse;
  JsonLimits limits;
};

/// Turns nodes into values for `from_json`, and remembers the first thing that is wrong with the path
/// to it. Every read returns false once one has failed.
class JsonReader {
 public:
  explicit JsonReader(const JsonOptions& options) : options_(options) {}

  const JsonOptions& options() const { return options_; }

  bool read_bool(const JsonNode& node, bool& out);
  /// Only integers written as such: 1.0 and 1e3 are refused, since what rounds once rounds money.
  bool read_signed(const JsonNode& node, std::int64_t low, std::int64_t high, std::int64_t& out);
  bool read_unsigned(const JsonNode& node, std::uint64_t high, std::uint64_t& out);
  bool read_string(const JsonNode& node, std::string& out);
  bool read_base64(const JsonNode& node, Bytes& out);
  bool read_base64(const JsonNode& node, std::span<std::byte> out);
  bool read_timestamp(const JsonNode& node, Timestamp& out);
  bool read_type_id(const JsonNode& node, TypeId& out);

  bool expect(const JsonNode& node, JsonKind kind, std::string_view what);
  /// The index of the node's text in `names`; false when it is none of them.
  bool read_name(const JsonNode& node, std::span<const std::string_view> names, std::size_t& out);
  bool refuse_absent(std::string_view name);
  /// Finds the member that is not among `names` and refuses it, unless the options ignore such.
  bool check_unknown(const JsonNode& object, std::span<const std::string_view> names);

  /// Steps into a member or an item, for the path of an error.
  void enter(std::string_view name) { path_.push_back({name, 0}); }
  void enter(std::size_t index) { path_.push_back({{}, index}); }
  void leave() { path_.pop_back(); }

  /// InvalidArgument at the present path; the first refusal wins. Always false.
  bool refuse(std::string reason, std::string message);
  /// What a Custom<T>::from said, put under the present path.
  bool refuse(Error error);
  Error take_error() { return std::move(error_); }

 private:
  struct Step {
    std::string_view name;  ///< Empty: an index.
    std::size_t index;
  };
  std::string path() const;
  bool refuse_type(std::string_view what);

  JsonOptions options_;
  std::vector<Step> path_;
  Error error_;
  bool failed_ = false;
};

}  // namespace remit::codec
