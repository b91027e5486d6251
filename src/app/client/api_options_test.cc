#include "app/client/api_options.h"

#include "kit/base/durable_file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <unistd.h>

namespace remit::app {
namespace {

class TheApiOptions : public testing::Test {
 protected:
  TheApiOptions()
      : file_((std::filesystem::temp_directory_path() /
               fmt::format("remit-key-{}", static_cast<long>(::getpid())))
                  .string()) {}
  ~TheApiOptions() override { std::filesystem::remove(file_); }

  Result<ApiTarget> target(const std::string& url, std::string_view key) {
    EXPECT_TRUE(write_file_durably(file_, as_bytes(key), 0600));
    ApiOptions options;
    options.url = url;
    options.key_file = file_;
    return api_target(options);
  }

  const std::string file_;
};

TEST_F(TheApiOptions, ReadTheKeyFromAFile) {
  const auto found = target("https://api.example/", "sk_live_1\n");
  ASSERT_TRUE(found) << found.error().describe();
  EXPECT_EQ(found->key, "sk_live_1");
  EXPECT_EQ(found->url, "https://api.example");
}

TEST_F(TheApiOptions, RefuseWhatIsNoKey) {
  for (const std::string_view key : {"a b", "a\nX-Other: 1", "a\x01", "\xC3\xA4"}) {
    EXPECT_EQ(target("https://api.example", key).error().reason, "api_key_unreadable") << key;
  }
  EXPECT_EQ(target("https://api.example", "\n").error().reason, "api_key_not_given");
  EXPECT_EQ(target("https://api.example", std::string(4096, 'a')).error().reason, "file_too_large");
}

TEST_F(TheApiOptions, SendNoKeyInTheClearToAnotherMachine) {
  for (const char* url : {"http://127.0.0.1:8080", "http://localhost", "http://[::1]:1"}) {
    EXPECT_TRUE(target(url, "k")) << url;
  }
  for (const char* url : {"http://api.example", "http://10.0.0.1", "http://127.evil.example",
                          "http://127.0.0.1.evil.example", "http://localhost.evil.example"}) {
    EXPECT_EQ(target(url, "k").error().reason, "api_url_not_safe") << url;
  }
}

TEST(PageQuery, NamesWhatIsNotEmpty) {
  EXPECT_EQ(query_of({.limit = 5}, {{"status", ""}, {"event", "a&b"}}), "?limit=5&event=a%26b");
  EXPECT_EQ(query_of({.limit = 5, .cursor = "x="}, {}), "?limit=5&cursor=x%3D");
}

}  // namespace
}  // namespace remit::app
