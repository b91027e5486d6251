#include "kit/base/check.h"
#include "kit/net/url.h"

#include <algorithm>

/// Any text is a URL or is refused; what rules look at has no case, brackets or bytes that would let it mean another host.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto url = remit::net::parse_url(text);
  if (!url) return 0;
  CHECK(std::ranges::none_of(url->scheme, [](char c) { return c >= 'A' && c <= 'Z'; }), "{}",
        url->scheme);
  CHECK(url->host.find_first_of("[]/@?#\\ \t\r\n") == std::string::npos, "{}", url->host);
  return 0;
}
