#include "app/prove/report_file.h"

#include "app/admin_client.h"
#include "kit/base/codec/json.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>

namespace remit::app {
namespace {

constexpr std::array<std::string_view, 5> kActionNames{"kill", "torn_kill", "fail", "short",
                                                       "stop"};

std::string to_json(const FaultHappened& one) {
  return fmt::format(
      R"({{"class":"{}","index":{},"at":{},"action":"{}","error":{},"sticky":{},"times":{},"end":{},)"
      R"("seconds":{:.3f}}})",
      one.hit.at.name(), one.hit.index, one.plan.at,
      kActionNames.at(static_cast<std::size_t>(one.plan.action)), one.plan.error, one.plan.sticky,
      one.hit.times, one.end ? std::to_string(*one.end) : "null", one.seconds);
}

std::unexpected<Error> not_written(const std::string& path) {
  return fail(ErrorCode::Unavailable, "report_not_written",
              fmt::format("The report {} cannot be written; name another with --report.", path));
}

}  // namespace

Result<ReportFile> ReportFile::open(const std::string& path, bool resume) {
  std::ofstream file(path, resume ? std::ios::app : std::ios::trunc);
  if (!file) return not_written(path);
  return ReportFile(path, std::move(file));
}

void ReportFile::for_each(std::string_view part,
                          const std::function<void(const codec::JsonNode& line)>& use) const {
  std::ifstream file(path_);
  for (std::string line; std::getline(file, line);) {
    const auto document =
        codec::JsonDocument::parse(line, {.bytes_max = 64 * 1024 * 1024, .members_max = 5'000'000});
    if (document && text_at(document->root(), "part") == part) use(document->root());
  }
}

Result<void> ReportFile::add(std::string_view part, std::uint64_t seed, std::string_view planned,
                             const FaultRunReport& report) {
  std::vector<std::string> faults;
  for (const FaultHappened& one : report.faults) faults.push_back(to_json(one));
  std::vector<std::string> calls;
  for (const auto& [name, count] : report.calls) {
    calls.push_back(fmt::format(R"("{}":{})", name, count));
  }
  file_
      << fmt::format(
             R"({{"part":"{}","seed":{},"planned":"{}","holds":{},"lives":{},"acknowledged":{},"retried":{},)"
             R"("redriven":{},"seconds":{:.3f},"faults":[{}],"calls":{{{}}},"findings":{}}})",
             part, seed, planned, report.findings.empty(), report.lives, report.acknowledged,
             report.retried, report.redriven, report.seconds, fmt::join(faults, ","),
             fmt::join(calls, ","), codec::to_json(report.findings))
      << std::endl;
  if (!file_) return not_written(path_);
  return {};
}

}  // namespace remit::app
