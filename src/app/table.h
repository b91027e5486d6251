#pragma once

#include "kit/base/codec/json_document.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace remit::app {

/// One column of a table: its heading and where its text is in each item, such as "amount.amount".
struct Column {
  std::string_view heading;
  std::string_view path;
};

/// The items as a table of aligned columns, or "none" when there is none. Lines are at most `width_max` characters long,
/// 0 for any: the widest columns but the first, by which items are named, give way, and a text that is cut ends in "…".
std::string to_table(const codec::JsonNode& items, const std::vector<Column>& columns,
                     std::size_t width_max = 0);

/// Columns of the terminal that standard output is; 0 when it is none.
std::size_t terminal_width();

/// Prints the list in the body's `data` for a person at a terminal, or the body as it is. Returns 0.
int print_items(const std::string& body, bool json, const std::vector<Column>& columns);

}  // namespace remit::app
