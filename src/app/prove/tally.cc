#include "app/prove/tally.h"

#include "app/admin_client.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace remit::app {
namespace {

constexpr std::uint64_t kUnmetPart = 5;

}  // namespace

void Tally::count(const FaultRunReport& report) {
  ++runs;
  if (!report.findings.empty()) ++failed;
  if (report.faults.empty()) ++unmet;
  for (const FaultHappened& one : report.faults) {
    ++faults;
    if (one.end) ++deaths;
    ++classes[one.hit.at.name()];
  }
}

void Tally::count(const codec::JsonNode& line) {
  ++runs;
  if (text_at(line, "holds") != "yes") ++failed;
  const codec::JsonNode* happened = line.find("faults");
  if (happened == nullptr || happened->count == 0) ++unmet;
  if (happened == nullptr) return;
  const codec::JsonNode* one = happened->first();
  for (std::uint32_t i = 0; i < happened->count; ++i, one = one->next()) {
    ++faults;
    const codec::JsonNode* end = one->find("end");
    if (end != nullptr && end->kind != codec::JsonKind::Null) ++deaths;
    ++classes[text_at(*one, "class")];
  }
}

bool Tally::holds() const {
  return failed == 0 && unmet * kUnmetPart <= runs;
}

std::string to_text(const std::map<std::string, std::uint64_t>& counts, bool json) {
  std::vector<std::string> lines;
  for (const auto& [name, count] : counts) {
    lines.push_back(json ? fmt::format(R"("{}":{})", name, count)
                         : fmt::format("  {:<32} {:>6}\n", name, count));
  }
  return fmt::format("{}", fmt::join(lines, json ? "," : ""));
}

}  // namespace remit::app
