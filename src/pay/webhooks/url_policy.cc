#include "pay/webhooks/url_policy.h"

#include "kit/net/public_address.h"
#include "kit/net/url.h"
#include "pay/webhooks/limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace remit::webhooks {
namespace {

/// Domains that never lead into the public internet (RFC 6761, 6762, 8375, and ICANN's `internal`).
constexpr std::array<std::string_view, 6> kPrivateDomains = {"localhost", "localdomain", "local",
                                                             "internal",  "home.arpa",   "onion"};

std::unexpected<Error> refuse(std::string message) {
  return fail(ErrorCode::InvalidArgument, "url_not_allowed", std::move(message), "url");
}

/// Whether somebody may take it for an address rather than a name: by a colon, or a last label that is a number (URL
/// Standard, "ends in a number").
bool is_numeric(std::string_view host) {
  if (host.contains(':')) return true;
  const std::string_view last = host.substr(host.rfind('.') + 1);
  return last.starts_with("0x") || last.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_below(std::string_view host, std::string_view domain) {
  return host == domain || (host.ends_with(domain) && host[host.size() - domain.size() - 1] == '.');
}

bool leads_inside(std::string_view host) {
  if (is_numeric(host)) return !net::is_public_address(host);
  return !host.contains('.') || std::ranges::any_of(kPrivateDomains, [host](auto domain) {
    return is_below(host, domain);
  });
}

}  // namespace

Result<void> check_url(const std::string& url, const UrlPolicy& policy) {
  if (url.size() > kUrlBytesMax) {
    return refuse(fmt::format("A URL has at most {} bytes.", kUrlBytesMax));
  }
  Result<net::Url> parts = net::parse_url(url);
  if (!parts) {
    parts.error().field = "url";
    return std::unexpected(std::move(parts).error());
  }
  const bool http = parts->scheme == "http" && policy.allow_http;
  if (parts->scheme != "https" && !http) return refuse("Events are posted over https only.");
  if (parts->has_user) {
    return refuse("A URL with a user or password is not taken: check the signature instead.");
  }
  if (parts->has_fragment) return refuse("Leave out what stands behind the #.");
  if (policy.allow_private_addresses) return {};
  std::string host = parts->host;
  // The root's own dot: the same name.
  if (host.ends_with('.')) host.pop_back();
  if (leads_inside(host)) return refuse("Events are posted to public addresses only.");
  if (std::ranges::find(policy.ports, parts->port) == policy.ports.end() &&
      !(http && parts->port == 80)) {
    return refuse(
        fmt::format("Events are posted to port {} only.", fmt::join(policy.ports, " or ")));
  }
  return {};
}

}  // namespace remit::webhooks
