#include "app/table.h"

#include <gtest/gtest.h>

namespace remit::app {
namespace {

const std::vector<Column> kColumns{{"ID", "id"}, {"NAME", "name"}, {"WITH", "with"}};

std::string table(std::string_view items, std::size_t width_max) {
  const auto document = codec::JsonDocument::parse(items, {});
  return to_table(document->root(), kColumns, width_max);
}

TEST(Table, AlignsItsColumns) {
  EXPECT_EQ(table("[]", 0), "none\n");
  EXPECT_EQ(table(R"([{"id":"a","name":"Fern & Sons"},{"id":"bb","name":"Ö","with":{"x":1}}])", 0),
            "ID  NAME         WITH\n"
            "a   Fern & Sons\n"
            "bb  Ö            {\"x\":1}\n");
}

TEST(Table, FitsTheTerminalAndKeepsTheNames) {
  const std::string text =
      table(R"([{"id":"pay_0001","name":"a name that is far too long","with":"short"}])", 30);
  EXPECT_EQ(text,
            "ID        NAME           WITH\n"
            "pay_0001  a name that …  short\n");
  for (std::size_t width = 12; width < 60; ++width) {
    const std::string lines =
        table(R"([{"id":"pay_1","name":"äöü äöü äöü","with":"something"}])", width);
    std::size_t length = 0;
    for (const char c : lines) {
      if (c == '\n') {
        EXPECT_LE(length, width) << lines;
        length = 0;
      } else if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80U) {
        ++length;
      }
    }
  }
}

}  // namespace
}  // namespace remit::app
