#pragma once

#include "kit/base/result.h"

#include <cstdint>
#include <string>

namespace remit::net {

/// The parts of an absolute URL (RFC 3986) that rules look at.
struct Url {
  std::string scheme;  ///< Lower case.
  std::string
      host;  ///< Lower case, without brackets; odd spellings of IPv4 addresses in dotted form; with an IPv6 zone.
  std::uint16_t port = 0;     ///< The scheme's own when none is named.
  bool has_user = false;      ///< Names a user or password.
  bool has_fragment = false;  ///< Ends in `#...`, which no request carries.
};

/// As the HTTP client will understand it. Fails with InvalidArgument `url_invalid`.
Result<Url> parse_url(const std::string& text);

}  // namespace remit::net
