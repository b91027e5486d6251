#include "app/table.h"

#include "app/admin_client.h"
#include "app/commands.h"
#include "kit/base/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <sys/ioctl.h>
#include <unistd.h>

namespace remit::app {
namespace {

constexpr std::string_view kGap = "  ";
constexpr std::size_t kNarrowest = 6;

/// Code points: near enough to columns for what is printed here.
std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string cut(const std::string& text, std::size_t width) {
  if (characters(text) <= width) return text;
  std::size_t end = 0;
  for (std::size_t seen = 0; seen + 1 < width; ++seen) {
    ++end;
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) ++end;
  }
  return text.substr(0, end) + "…";
}

void narrow(std::vector<std::size_t>& widths, std::size_t width_max) {
  std::size_t total = kGap.size() * (widths.size() - 1);
  for (const std::size_t width : widths) total += width;
  while (total > width_max && widths.size() > 1) {
    const auto widest = std::max_element(widths.begin() + 1, widths.end());
    if (*widest <= kNarrowest) return;
    --*widest;
    --total;
  }
}

}  // namespace

std::string to_table(const codec::JsonNode& items, const std::vector<Column>& columns,
                     std::size_t width_max) {
  if (items.kind != codec::JsonKind::Array || items.count == 0) return "none\n";
  std::vector<std::vector<std::string>> rows;
  std::vector<std::size_t> widths;
  rows.emplace_back();
  for (const Column& column : columns) {
    rows.front().emplace_back(column.heading);
    widths.push_back(column.heading.size());
  }
  const codec::JsonNode* item = items.first();
  for (std::uint32_t i = 0; i < items.count; ++i, item = item->next()) {
    std::vector<std::string>& row = rows.emplace_back();
    for (std::size_t c = 0; c < columns.size(); ++c) {
      row.push_back(text_at(*item, columns[c].path));
      widths[c] = std::max(widths[c], characters(row.back()));
    }
  }
  if (width_max != 0) narrow(widths, width_max);
  std::string table;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t c = 0; c < row.size(); ++c) {
      const std::string text = cut(row[c], widths[c]);
      line += text + std::string(widths[c] - characters(text), ' ');
      line += kGap;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    table += (width_max == 0 ? line : cut(line, width_max)) + "\n";
  }
  return table;
}

std::size_t terminal_width() {
  winsize size{};
  if (::isatty(STDOUT_FILENO) == 0 || ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return 0;
  return size.ws_col;
}

int print_items(const std::string& body, bool json, const std::vector<Column>& columns) {
  if (json) {
    print(body + "\n");
    return 0;
  }
  const auto document = codec::JsonDocument::parse(
      body, {.bytes_max = 1024UL * 1024 * 1024, .members_max = 100'000'000});
  CHECK(document.has_value(), "the server's answer does not parse");
  print(to_table(*document->root().find("data"), columns, terminal_width()));
  return 0;
}

}  // namespace remit::app
