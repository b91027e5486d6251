#include "lab/bench/bench.h"

#include "kit/base/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
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

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

/// The rounds of one metric.
struct Rounds {
  std::vector<double> ours;
  std::vector<double> limit;
};

Row row_of(const Metric& metric, const Rounds& rounds) {
  Row row{.name = metric.name,
          .value = median(rounds.ours),
          .unit = metric.unit,
          .limit = metric.may_cost,
          .goal = metric.goal};
  if (!rounds.limit.empty()) row.limit = median(rounds.limit);
  if (row.limit)
    row.ratio = metric.less_is_better ? *row.limit / row.value : row.value / *row.limit;
  return row;
}

Result<void> measure(const Measure& measure, std::vector<Rounds>& rounds,
                     std::vector<double> Rounds::* side) {
  const TemporaryFolder folder;
  const std::vector<double> values = TRY(measure(folder.path()));
  CHECK(values.size() <= rounds.size(), "{} values for {} metrics", values.size(), rounds.size());
  for (std::size_t i = 0; i < values.size(); ++i) (rounds[i].*side).push_back(values[i]);
  return {};
}

Result<void> run(const Benchmark& benchmark, std::size_t rounds_max, std::vector<Row>& rows) {
  std::vector<Rounds> rounds(benchmark.metrics.size());
  for (std::size_t i = 0; i < rounds_max; ++i) {
    if (benchmark.limit) TRY(measure(benchmark.limit, rounds, &Rounds::limit));
    TRY(measure(benchmark.ours, rounds, &Rounds::ours));
  }
  for (std::size_t i = 0; i < rounds.size(); ++i) {
    rows.push_back(row_of(benchmark.metrics[i], rounds[i]));
  }
  return {};
}

/// A measure of one number.
template <class F>
Measure single(F measure) {
  return [measure](const std::string& directory) -> Result<std::vector<double>> {
    return std::vector<double>{TRY(measure(directory))};
  };
}

}  // namespace

Result<std::string> run_program(const std::string& command) {
  std::FILE* pipe =
      ::popen(command.c_str(), "r");  // NOLINT(cert-env33-c): our own program and arguments
  std::array<char, 1024> text{};
  const bool read = pipe != nullptr && std::fgets(text.data(), text.size(), pipe) != nullptr;
  const int code = pipe != nullptr ? ::pclose(pipe) : -1;
  if (code != 0 || !read) {
    return fail(ErrorCode::FailedPrecondition, "program_not_run",
                fmt::format("{} did not run; build it with the target bench_limits.", command));
  }
  return std::string(text.data());
}

Result<std::vector<Row>> run(const std::vector<Benchmark>& benchmarks, const Options& options) {
  std::vector<Row> rows;
  for (const Benchmark& benchmark : benchmarks) {
    if (options.name && *options.name != benchmark.name) continue;
    TRY(run(benchmark, options.rounds, rows));
  }
  return rows;
}

std::vector<Benchmark> storage_benchmarks(const Options& options) {
  const auto sqlite = [programs = options.limits_directory](
                          const std::string& directory) -> Result<std::vector<double>> {
    const std::string line = TRY(run_program(
        fmt::format("{}/remit_limit_sqlite_append {}/limit.db 200", programs, directory)));
    return std::vector<double>{std::strtod(line.c_str(), nullptr)};
  };
  const Measure uniform = single([](const std::string& directory) {
    return measure_ledger_transfers(directory, Accounts::Uniform);
  });
  const Measure hot = single([](const std::string& directory) {
    return measure_ledger_transfers(directory, Accounts::OneHot);
  });
  return {{.name = "journal_append",
           .metrics = {{.name = "journal_append", .unit = "events/s", .goal = 0.5}},
           .ours = single(measure_journal_append),
           .limit = sqlite},
          {.name = "ledger_transfers",
           .metrics = {{.name = "ledger_transfers_uniform", .unit = "transfers/s", .goal = 0.35}},
           .ours = uniform,
           .limit = sqlite},
          {.name = "ledger_transfers_hot",
           .metrics = {{.name = "ledger_transfers_hot", .unit = "transfers/s", .goal = 0.9}},
           .ours = hot,
           .limit = uniform}};
}

}  // namespace remit::lab::bench
