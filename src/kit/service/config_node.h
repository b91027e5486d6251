#pragma once

#include "kit/base/result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace remit::service {

/// What a configuration file may weigh.
inline constexpr std::size_t kConfigBytesMax = 1024 * 1024;

/// A value as it was written in a configuration file or in the environment, and where.
struct ConfigNode {
  enum class Kind : std::uint8_t { Bool, Integer, String, List, Table, Other };
  Kind kind = Kind::Other;
  std::string place;  ///< "remit.toml:3:5" or the name of an environment variable.
  std::string key;    ///< Within its table.
  bool flag = false;
  std::int64_t integer = 0;
  std::string text;
  std::vector<ConfigNode> children;  ///< Of a list or table, in the order of a file's keys.

  /// The member of that name; nullptr when there is none.
  const ConfigNode* find(std::string_view name) const;
};

/// "a string", for messages.
std::string_view kind_name(ConfigNode::Kind kind);

/// The whole of a TOML 1.0 text. Fails with InvalidArgument `config_malformed` and the place, or LimitExceeded
/// `config_too_large`. `path` is for messages only.
Result<ConfigNode> parse_config(std::string_view text, std::string_view path);

}  // namespace remit::service
