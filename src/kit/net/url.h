#pragma once

#include "kit/base/result.h"

#include <string>

namespace remit::net {

/// The parts of an absolute URL (RFC 3986) that rules look at.
struct Url {
  std::string scheme;         ///< Lower case.
  std::string host;           ///< Without brackets; odd spellings of IPv4 addresses in dotted form.
  bool has_user = false;      ///< Names a user or password.
  bool has_fragment = false;  ///< Ends in `#...`, which no request carries.
};

/// As the HTTP client will understand it. Fails with InvalidArgument `url_invalid`.
Result<Url> parse_url(const std::string& text);

}  // namespace remit::net
