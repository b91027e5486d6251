#include "app/world/verification.h"

#include "app/world/child_process.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

namespace remit::app {
namespace {

/// It found something that is wrong, and said what.
constexpr int kRefuted = 1;

}  // namespace

Verification verify_data(const std::string& world_directory) {
  const std::string log = world_directory + "/verify.log";
  std::error_code ignored;
  std::filesystem::remove(log, ignored);
  auto child = ChildProcess::start({"verify", "--data", world_directory + "/remit-data"}, log);
  if (!child) return judge_verification(std::nullopt, child.error().message + "\n");
  while (child->running()) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  std::stringstream said;
  said << std::ifstream(log).rdbuf();
  return judge_verification(child->end(), said.str());
}

Verification judge_verification(std::optional<int> end, std::string said) {
  if (end == 0) return {true, std::move(said)};
  if (!end) {
    said += "remit verify did not run.\n";
  } else if (*end != kRefuted || said.empty()) {
    said += fmt::format("remit verify ended with {}.\n", *end);
  }
  return {false, std::move(said)};
}

}  // namespace remit::app
