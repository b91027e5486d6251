#include "lab/bank/url.h"

#include <gtest/gtest.h>

namespace remit::lab::bank {
namespace {

TEST(Url, FormsReadBackWhatTheyWrite) {
  Form form;
  form.add("redirect_uri", "https://tpp.example/back?a=b&c");
  form.add("scope", "openid payments");
  EXPECT_EQ(form.encode(),
            "redirect_uri=https%3A%2F%2Ftpp.example%2Fback%3Fa%3Db%26c&scope=openid%20payments");
  const auto read = Form::parse(form.encode());
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->find("redirect_uri"), "https://tpp.example/back?a=b&c");
  EXPECT_EQ(Form::parse("a=1+2&empty=&flag")->find("a"), "1 2");
  EXPECT_EQ(Form::parse("a=1+2&empty=&flag")->find("empty"), std::nullopt);
}

TEST(Url, RefusesRepeatedParametersAndBrokenEscapes) {
  for (const std::string_view text : {"a=1&a=2", "a=%4", "a=%GG", "%=1"}) {
    EXPECT_FALSE(Form::parse(text).has_value()) << text;
  }
}

TEST(Url, FindsOriginAndQuery) {
  EXPECT_EQ(origin_of("https://bank:8443/authorize?x=1"), "https://bank:8443");
  EXPECT_EQ(origin_of("https://bank"), "https://bank");
  EXPECT_EQ(origin_of("/authorize"), "");
  EXPECT_EQ(query_of("https://bank/authorize?x=1&y=2#f"), "x=1&y=2");
  EXPECT_EQ(query_of("https://bank/authorize#a?b"), "");
}

}  // namespace
}  // namespace remit::lab::bank
