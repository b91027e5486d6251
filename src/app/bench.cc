#include "lab/bench/bench.h"

#include "app/commands.h"

#include <filesystem>

namespace remit::app {
namespace {

struct Options {
  lab::bench::Options bench;
  bool json = false;
  bool check = false;
};

int run(Options options) {
  if (options.bench.limits_directory.empty()) {
    std::error_code ignored;
    options.bench.limits_directory =
        (std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path() / "limits")
            .string();
  }
  const auto rows = lab::bench::run(options.bench);
  if (!rows) return report(rows.error(), options.json);
  bool hold = true;
  std::string table = fmt::format("{:<28} {:>12} {:>12} {:>12} {:>7} {:>6}\n", "", "ours", "limit",
                                  "", "ratio", "goal");
  std::vector<std::string> items;
  for (const lab::bench::Row& row : *rows) {
    hold = hold && row.holds();
    table +=
        fmt::format("{:<28} {:>12.0f} {:>12.0f} {:>12} {:>7.2f} {:>6.2f} {}\n", row.name, row.value,
                    row.limit, row.unit, row.ratio, row.goal, row.holds() ? "" : "MISSED");
    items.push_back(fmt::format(
        R"({{"name":"{}","value":{:.1f},"unit":"{}","limit":{:.1f},"ratio":{:.4f},"goal":{}}})",
        row.name, row.value, row.unit, row.limit, row.ratio, row.goal));
  }
  print(options.json ? fmt::format("[{}]\n", fmt::join(items, ",")) : table);
  return hold || !options.check ? 0 : 1;
}

}  // namespace

void add_bench(CLI::App& program, int& exit) {
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand(
      "bench", "Measures ours beside the limit of this machine, in turns, the median of five.");
  command->add_option("name", options->bench.name,
                      "One of: " + fmt::format("{}", fmt::join(lab::bench::names(), ", ")));
  command->add_option("--rounds", options->bench.rounds, "Of each")->capture_default_str();
  command->add_option("--limits", options->bench.limits_directory,
                      "Where the programs of bench/limits are; beside this program");
  command->add_flag("--json", options->json, "Prints JSON");
  command->add_flag("--check", options->check, "Exit 1 where a ratio misses its goal");
  command->callback([options, &exit] { exit = run(*options); });
}

}  // namespace remit::app
