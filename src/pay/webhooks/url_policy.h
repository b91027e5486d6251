#pragma once

#include "kit/base/result.h"

#include <cstdint>
#include <string>
#include <vector>

namespace remit::webhooks {

/// Which URLs clients may name. Whatever passes here is looked at again when it is connected to (CurlClientOptions::
/// may_connect): a name says nothing of where it leads.
struct UrlPolicy {
  bool allow_http = false;               ///< Beside https.
  bool allow_private_addresses = false;  ///< For tests and receivers in one's own network.
  std::vector<std::uint16_t> ports = {443, 8443};  ///< And 80 for http; of public URLs.
};

/// Fails with InvalidArgument `url_invalid` or `url_not_allowed`.
Result<void> check_url(const std::string& url, const UrlPolicy& policy);

}  // namespace remit::webhooks
