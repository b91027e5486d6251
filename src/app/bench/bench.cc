#include "lab/bench/bench.h"

#include "app/bench/server_benchmarks.h"
#include "app/commands.h"

#include <CLI/Validators.hpp>

#include <filesystem>

namespace remit::app {
namespace {

struct Options {
  lab::bench::Options bench;
  bool json = false;
  bool check = false;
};

std::vector<lab::bench::Benchmark> benchmarks(const lab::bench::Options& options) {
  std::vector<lab::bench::Benchmark> all = lab::bench::storage_benchmarks(options);
  for (auto& benchmark : server_benchmarks(options)) all.push_back(std::move(benchmark));
  return all;
}

std::vector<std::string> names() {
  std::vector<std::string> all;
  for (const auto& benchmark : benchmarks({})) all.push_back(benchmark.name);
  return all;
}

/// Three digits that tell, as people read numbers.
std::string rounded(double value) {
  return fmt::format("{:.{}f}", value, value >= 100 ? 0 : value >= 1 ? 2 : 3);
}

std::string or_null(const std::optional<double>& value) {
  return value ? fmt::format("{:.4f}", *value) : "null";
}

int run(Options options) {
  if (options.bench.limits_directory.empty()) {
    std::error_code ignored;
    options.bench.limits_directory =
        (std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path() / "limits")
            .string();
  }
  const auto rows = lab::bench::run(benchmarks(options.bench), options.bench);
  if (!rows) return report(rows.error(), options.json);
  bool hold = true;
  std::string table = fmt::format("{:<26} {:>12} {:>12} {:<12} {:>7} {:>6}\n", "", "ours", "limit",
                                  "", "ratio", "goal");
  std::vector<std::string> items;
  for (const lab::bench::Row& row : *rows) {
    hold = hold && row.holds();
    table +=
        fmt::format("{:<26} {:>12} {:>12} {:<12} {:>7} {:>6} {}\n", row.name, rounded(row.value),
                    row.limit ? rounded(*row.limit) : "", row.unit,
                    row.ratio ? fmt::format("{:.2f}", *row.ratio) : "",
                    row.goal ? fmt::format("{:.2f}", *row.goal) : "", row.holds() ? "" : "MISSED");
    items.push_back(fmt::format(
        R"({{"name":"{}","value":{:.4f},"unit":"{}","limit":{},"ratio":{},"goal":{}}})", row.name,
        row.value, row.unit, or_null(row.limit), or_null(row.ratio), or_null(row.goal)));
  }
  print(options.json ? fmt::format("[{}]\n", fmt::join(items, ",")) : table);
  return hold || !options.check ? 0 : 1;
}

}  // namespace

void add_bench(CLI::App& program, int& exit) {
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand(
      "bench", "Measures ours beside the limit of this machine, in turns, the median of five.");
  command->add_option("name", options->bench.name, "Only this one")->check(CLI::IsMember(names()));
  command->add_option("--rounds", options->bench.rounds, "Of each")->capture_default_str();
  command->add_option("--limits", options->bench.limits_directory,
                      "Where the programs of bench/limits are; beside this program");
  command->add_flag("--json", options->json, "Prints JSON");
  command->add_flag("--check", options->check, "Exit 1 where a ratio misses its goal");
  command->callback([options, &exit] { exit = run(*options); });
}

}  // namespace remit::app
