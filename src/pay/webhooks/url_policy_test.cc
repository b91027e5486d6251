#include "pay/webhooks/url_policy.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace remit {
extern const char* const kSourceDir;
}

namespace remit::webhooks {
namespace {

std::string replaced(std::string text, std::string_view part, std::string_view by) {
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += by.size()) {
    text.replace(at, part.size(), by);
  }
  return text;
}

/// As tests/corpus/ssrf has it, on a port that is allowed: it is the host that is refused.
std::string url_in(const std::string& line) {
  std::string url = replaced(line.substr(line.find('\t') + 1), "PORT", "8443");
  url = replaced(replaced(replaced(url, "\\t", "\t"), "\\r", "\r"), "\\n", "\n");
  return replaced(url, "\\0", std::string_view("\0", 1));
}

TEST(UrlPolicy, takes_no_spelling_of_what_is_inside) {
  std::ifstream file(std::filesystem::path(kSourceDir) / "tests/corpus/ssrf/forbidden_urls.tsv");
  int played = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) continue;
    const std::string url = url_in(line);
    const auto taken = check_url(url, {});
    if (line.starts_with("connect\t")) {
      EXPECT_TRUE(taken) << "only the connection shows where it leads: " << url;
      continue;
    }
    ++played;
    EXPECT_FALSE(taken) << url;
    const std::string as_http = url.starts_with("https") ? "http" + url.substr(5) : url;
    // Port 80 is allowed there.
    if (!url.contains("shop.example:80/")) {
      EXPECT_FALSE(check_url(as_http, {.allow_http = true})) << as_http;
    }
  }
  EXPECT_GE(played, 100);
}

TEST(UrlPolicy, takes_what_is_public) {
  for (const char* url :
       {"https://shop.example/hook", "https://shop.example", "https://shop.example:443/hook",
        "https://shop.example:8443/hook?a=b", "https://SHOP.example./hook", "https://1.1.1.1/hook",
        "https://8.8.8.8:8443/", "https://[2606:4700:4700::1111]/hook", "https://a.b.c.example/",
        "https://xn--bcher-kva.example/", "https://local.example/", "https://127.example/"}) {
    EXPECT_TRUE(check_url(url, {})) << url;
  }
  EXPECT_TRUE(check_url("http://shop.example/hook", {.allow_http = true}));
  EXPECT_TRUE(check_url("https://shop.example:9000/", {.ports = {9000}}));
}

TEST(UrlPolicy, leads_inside_where_that_is_wanted) {
  const UrlPolicy inside{.allow_private_addresses = true};
  for (const char* url : {"https://127.0.0.1:9000/", "https://localhost/", "https://[::1]:1/",
                          "https://receiver.internal/"}) {
    EXPECT_TRUE(check_url(url, inside)) << url;
  }
  EXPECT_FALSE(check_url("http://localhost/", inside));
  EXPECT_FALSE(check_url("https://user@localhost/", inside));
}

}  // namespace
}  // namespace remit::webhooks
