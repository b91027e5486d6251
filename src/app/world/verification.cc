#include "app/world/verification.h"

#include "app/world/child_process.h"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

namespace remit::app {

std::string verify_data(const std::string& world_directory) {
  const std::string log = world_directory + "/verify.log";
  std::error_code ignored;
  std::filesystem::remove(log, ignored);
  auto child = ChildProcess::start({"verify", "--data", world_directory + "/remit-data"}, log);
  if (!child) return {};
  while (child->running()) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  std::stringstream said;
  said << std::ifstream(log).rdbuf();
  return said.str();
}

bool verified(std::string_view said) {
  return !said.empty() && said.find("FAIL") == std::string_view::npos &&
         said.find("remit:") == std::string_view::npos;
}

}  // namespace remit::app
