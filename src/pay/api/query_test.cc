#include "pay/api/query.h"

#include <gtest/gtest.h>

namespace remit::api {
namespace {

std::string reason_of(std::string_view raw) {
  const auto query = Query::parse(raw, {"limit", "cursor", "at"});
  if (!query) return query.error().reason;
  if (const auto limit = query->limit(); !limit) return limit.error().reason;
  if (const auto cursor = query->cursor(); !cursor) return cursor.error().reason;
  if (const auto time = query->time("at"); !time) return time.error().reason;
  return "fine";
}

TEST(Query, TakesWhatIsKnownOnce) {
  EXPECT_EQ(reason_of(""), "fine");
  EXPECT_EQ(reason_of("limit=1"), "fine");
  EXPECT_EQ(reason_of("limit=100&at=2026-08-20T09:30:00Z"), "fine");
  EXPECT_EQ(reason_of("limit=5&limit=5"), "query_repeated");
  EXPECT_EQ(reason_of("limits=5"), "query_unknown");
  EXPECT_EQ(reason_of("limit=%zz"), "query_malformed");
}

TEST(Query, BoundsThePage) {
  for (const char* raw : {"limit=0", "limit=101", "limit=-1", "limit=ten", "limit=", "limit=5x",
                          "limit=99999999999999999999"}) {
    EXPECT_EQ(reason_of(raw), "limit_invalid") << raw;
  }
  EXPECT_EQ(*Query::parse("", {"limit"})->limit(), kPageRowsDefault);
}

TEST(Query, CursorsComeBackAndForgeriesDoNot) {
  const std::string cursor = encode_cursor("1787218200", "pay_1");
  const auto query = Query::parse("cursor=" + cursor, {"cursor"});
  ASSERT_TRUE(query);
  const auto parts = query->cursor();
  ASSERT_TRUE(parts && *parts);
  EXPECT_EQ((*parts)->first, "1787218200");
  EXPECT_EQ((*parts)->second, "pay_1");
  for (const char* raw : {"cursor=", "cursor=AAAA", "cursor=not%20base64", "cursor=Zm9v="}) {
    EXPECT_EQ(reason_of(raw), "cursor_invalid") << raw;
  }
}

TEST(Query, TimesAreRfc3339) {
  EXPECT_EQ(reason_of("at=yesterday"), "time_invalid");
  EXPECT_EQ(reason_of("at=2026-08-20"), "time_invalid");
}

TEST(Query, PagesNameTheNextOneOnlyWhenThereIsOne) {
  EXPECT_EQ(render_page({"{\"a\":1}", "2"}, "next"),
            R"({"data":[{"a":1},2],"next_cursor":"next"})");
  EXPECT_EQ(render_page({}, std::nullopt), R"({"data":[]})");
}

}  // namespace
}  // namespace remit::api
