#pragma once

#include "app/prove/fault_run.h"
#include "kit/base/codec/json_document.h"

#include <fstream>
#include <functional>
#include <string>
#include <string_view>

namespace remit::app {

/// The results of a proof as lines of JSON, one a run, so that what took hours can be gone on with.
class ReportFile {
 public:
  /// Goes on with the file, or begins anew. Fails with `report_not_written`.
  static Result<ReportFile> open(const std::string& path, bool resume);

  /// Calls `use` with each line of an earlier session, parsed; lines that were cut off are left out.
  void for_each(std::string_view part,
                const std::function<void(const codec::JsonNode& line)>& use) const;
  /// `planned`: which fault the run was for; empty where it was for many. Fails with `report_not_written`.
  Result<void> add(std::string_view part, std::uint64_t seed, std::string_view planned,
                   const FaultRunReport& report);

 private:
  ReportFile(std::string path, std::ofstream file)
      : path_(std::move(path)), file_(std::move(file)) {}

  std::string path_;
  std::ofstream file_;
};

}  // namespace remit::app
