#include "lab/bench/bench.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <unistd.h>

namespace remit::lab::bench {
namespace {

/// A folder that goes when this does.
class TemporaryFolder {
 public:
  TemporaryFolder()
      : path_((std::filesystem::temp_directory_path() /
               fmt::format("remit-bench-{}-{}", static_cast<long>(::getpid()), ++count_))
                  .string()) {
    std::filesystem::create_directories(path_);
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  static inline int count_ = 0;
  std::string path_;
};

/// What a program of bench/limits prints.
Result<double> run_limit(const Options& options, const std::string& program,
                         const std::string& arguments) {
  const std::string command = fmt::format("{}/{} {}", options.limits_directory, program, arguments);
  std::FILE* pipe =
      ::popen(command.c_str(), "r");  // NOLINT(cert-env33-c): our own program and arguments
  std::array<char, 64> text{};
  const bool read = pipe != nullptr && std::fgets(text.data(), text.size(), pipe) != nullptr;
  const int code = pipe != nullptr ? ::pclose(pipe) : -1;
  const double value = read ? std::strtod(text.data(), nullptr) : 0;
  if (code != 0 || value <= 0) {
    return fail(ErrorCode::FailedPrecondition, "limit_not_measured",
                fmt::format("{} did not run; build it with the target bench_limits.", command));
  }
  return value;
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

using Measure = std::function<Result<double>(const std::string& directory)>;

struct Benchmark {
  std::string name;
  std::string unit;
  double goal = 0;
  Measure ours;
  Measure limit;
};

std::vector<Benchmark> benchmarks(const Options& options) {
  const Measure sqlite = [options](const std::string& directory) {
    return run_limit(options, "remit_limit_sqlite_append", directory + "/limit.db 200");
  };
  const Measure uniform = [](const std::string& directory) {
    return measure_ledger_transfers(directory, Accounts::Uniform);
  };
  const Measure hot = [](const std::string& directory) {
    return measure_ledger_transfers(directory, Accounts::OneHot);
  };
  return {{"journal_append", "events/s", 0.5, measure_journal_append, sqlite},
          {"ledger_transfers_uniform", "transfers/s", 0.35, uniform, sqlite},
          {"ledger_transfers_hot", "transfers/s", 0.9, hot, uniform}};
}

Result<Row> measure(const Benchmark& benchmark, std::size_t rounds) {
  std::vector<double> ours;
  std::vector<double> limits;
  for (std::size_t i = 0; i < rounds; ++i) {
    const TemporaryFolder limit_folder;
    limits.push_back(TRY(benchmark.limit(limit_folder.path())));
    const TemporaryFolder our_folder;
    ours.push_back(TRY(benchmark.ours(our_folder.path())));
  }
  Row row{.name = benchmark.name,
          .value = median(ours),
          .unit = benchmark.unit,
          .limit = median(limits),
          .goal = benchmark.goal};
  row.ratio = row.value / row.limit;
  return row;
}

}  // namespace

std::vector<std::string> names() {
  std::vector<std::string> all;
  for (const Benchmark& benchmark : benchmarks({})) all.push_back(benchmark.name);
  return all;
}

Result<std::vector<Row>> run(const Options& options) {
  std::vector<Row> rows;
  for (const Benchmark& benchmark : benchmarks(options)) {
    if (options.name && *options.name != benchmark.name) continue;
    rows.push_back(TRY(measure(benchmark, options.rounds)));
  }
  if (rows.empty()) {
    return fail(ErrorCode::InvalidArgument, "benchmark_unknown",
                fmt::format("There is no benchmark '{}'; there are: {}.", *options.name,
                            fmt::join(names(), ", ")));
  }
  return rows;
}

}  // namespace remit::lab::bench
