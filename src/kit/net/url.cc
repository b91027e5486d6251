#include "kit/net/url.h"

#include "kit/base/ascii.h"
#include "kit/base/check.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>

namespace remit::net {
namespace {

using UrlHandle = std::unique_ptr<CURLU, decltype([](CURLU* url) { curl_url_cleanup(url); })>;

std::optional<std::string> part_of(CURLU* url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK) return std::nullopt;
  std::string owned(text);
  curl_free(text);
  return owned;
}

}  // namespace

Result<Url> parse_url(const std::string& text) {
  const UrlHandle handle(curl_url());
  CHECK(handle != nullptr, "no memory for a URL");
  // libcurl passes over some control characters; no URL has any.
  const bool visible = text.find_first_not_of(
                           "!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`"
                           "abcdefghijklmnopqrstuvwxyz{|}~") == std::string::npos;
  const CURLUcode code =
      visible ? curl_url_set(handle.get(), CURLUPART_URL, text.c_str(), 0) : CURLUE_MALFORMED_INPUT;
  if (code != CURLUE_OK) {
    return fail(ErrorCode::InvalidArgument, "url_invalid",
                fmt::format("That is no absolute URL ({}); write https://host/path.",
                            curl_url_strerror(code)));
  }
  Url url{.scheme = part_of(handle.get(), CURLUPART_SCHEME).value_or(""),
          .host = part_of(handle.get(), CURLUPART_HOST).value_or(""),
          .has_user = part_of(handle.get(), CURLUPART_USER).has_value() ||
                      part_of(handle.get(), CURLUPART_PASSWORD).has_value(),
          .has_fragment = part_of(handle.get(), CURLUPART_FRAGMENT).has_value()};
  if (url.host.starts_with('[') && url.host.ends_with(']')) {
    url.host = url.host.substr(1, url.host.size() - 2);
  }
  if (const auto zone = part_of(handle.get(), CURLUPART_ZONEID)) url.host += "%" + *zone;
  // libcurl takes whatever stands in a zone for one; RFC 6874 section 2 does not.
  if (url.host.find_first_of("[]/@?#\\") != std::string::npos) {
    return fail(ErrorCode::InvalidArgument, "url_invalid",
                fmt::format("{} is no host of a URL; write https://host/path.", url.host));
  }
  std::ranges::transform(url.host, url.host.begin(), to_lower_ascii);
  const std::string port = part_of(handle.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT).value_or("");
  std::from_chars(port.data(), port.data() + port.size(), url.port);
  return url;
}

}  // namespace remit::net
