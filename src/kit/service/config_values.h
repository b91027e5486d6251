#pragma once

#include "kit/base/time.h"
#include "kit/service/config_node.h"

#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace remit::service {

/// What a secret's file may weigh.
inline constexpr std::size_t kSecretBytesMax = 64 * 1024;

/// A configured secret. It comes from the file that the key `<name>_file` names, or from the environment; never from the
/// configuration file itself, and it is never printed.
struct Secret {
  std::string value;
  bool empty() const { return value.empty(); }
};

/// "250ms", "5s", "10m", "12h", "7d": a whole number and its unit (us, ms, s, m, h, d). Nullopt for anything else.
std::optional<Duration> parse_duration(std::string_view text);
/// The shortest form without loss.
std::string print_duration(Duration duration);

/// The name of `known` that `wrong` was probably meant to be; empty when none is near.
std::string nearest_name(std::string_view wrong, const std::vector<std::string>& known);

/// A TOML basic string with its quotes.
std::string quote_toml(std::string_view text);

/// A key in the environment: REMIT_SECTION_KEY.
std::string environment_name(std::string_view prefix, std::string_view key);

/// The variables of this process whose names begin with REMIT_.
std::map<std::string, std::string> remit_environment();

/// What an environment variable says, as the file would have said it: `true`, `12`, `text`, and `a,b` or a TOML list.
/// The error is a sentence.
std::expected<ConfigNode, std::string> node_of_text(std::string_view text, ConfigNode::Kind wanted,
                                                    const std::string& variable);

}  // namespace remit::service
