#include "app/admin_client.h"
#include "app/bench/server_benchmarks.h"
#include "app/world/world.h"

#include <fmt/format.h>

#include <cstdlib>
#include <sstream>

namespace remit::app {
namespace {

constexpr int kConnections = 64;
constexpr int kSeconds = 5;
constexpr double kMebibyte = 1024.0 * 1024.0;

/// wrk reads where and with which key from the environment: a key does not belong on a command line.
std::string load_command(const std::string& programs) {
  return fmt::format(
      "wrk --threads 2 --connections {} --duration {}s --script "
      "{}/create_payments.lua $URL | tail -n 1",
      kConnections, kSeconds, programs);
}

/// Requests a second, p50 and p99 in milliseconds.
Result<std::vector<double>> read_load(const std::string& line) {
  std::istringstream words(line);
  double requests = 0;
  double seconds = 0;
  double p50 = 0;
  double p99 = 0;
  std::uint64_t failed = 0;
  words >> requests >> seconds >> p50 >> p99 >> failed;
  if (!words || failed > 0 || requests <= 0) {
    return fail(ErrorCode::FailedPrecondition, "load_failed",
                fmt::format("wrk said '{}': requests, seconds, p50, p99, failed ones.", line));
  }
  return std::vector<double>{requests / seconds, p50, p99};
}

Result<std::vector<double>> measure_ours(const std::string& programs,
                                         const std::string& directory) {
  const auto world = TRY(World::start({.directory = directory + "/world",
                                       .faults = false,
                                       .events = "none",
                                       .tls = false,
                                       .record = false}));
  // What follows a creation is the bank's time, not ours.
  TRY(ask_admin(world->data_directory(), "POST", "/admin/flows/authorise_payments/pause", "{}"));
  ::setenv("URL", world->server_url().c_str(), 1);
  ::setenv("KEY", world->key().c_str(), 1);
  auto values = TRY(read_load(TRY(lab::bench::run_program(load_command(programs)))));
  values.push_back(static_cast<double>(TRY(world->server_peak_memory_bytes())) / kMebibyte);
  return values;
}

Result<std::vector<double>> measure_limit(const std::string& programs) {
  return read_load(TRY(lab::bench::run_program(
      fmt::format("{}/remit_limit_beast_constant '{}'", programs, load_command(programs)))));
}

}  // namespace

lab::bench::Benchmark payment_creation(const std::string& programs) {
  return {.name = "payment_creation",
          .metrics = {{.name = "payment_creation", .unit = "payments/s", .goal = 0.2},
                      {.name = "payment_creation_p50", .unit = "ms", .less_is_better = true},
                      {.name = "payment_creation_p99", .unit = "ms", .less_is_better = true},
                      {.name = "payment_creation_memory", .unit = "MiB", .less_is_better = true}},
          .ours = [programs](
                      const std::string& directory) { return measure_ours(programs, directory); },
          .limit = [programs](const std::string&) { return measure_limit(programs); }};
}

std::vector<lab::bench::Benchmark> server_benchmarks(const lab::bench::Options& options) {
  return {payment_creation(options.limits_directory), restart()};
}

}  // namespace remit::app
