#include "app/commands.h"
#include "app/prove/damaged_journal.h"
#include "app/prove/fault_series.h"
#include "app/prove/progress.h"

#include <fmt/format.h>

#include <filesystem>

/// `remit prove`: this very program as a server under real faults, judged by the books of a bank that survives.
namespace remit::app {
namespace {

struct ProveOptions {
  FaultSeriesOptions series;
  std::uint64_t mebibytes = 100;
  bool json = false;
};

int run_damages(const ProveOptions& options) {
  const std::string folder =
      fmt::format("{}/damage-{}", options.series.directory, options.series.seed);
  Progress progress(0, options.series.faults);
  const auto tally = prove_damages(
      folder, options.mebibytes * 1024 * 1024, options.series.faults, options.series.seed,
      [&](const DamageTally& now) { progress.show(now.damages, now.wrong.size()); });
  if (!tally) return report(tally.error(), options.json);
  for (const std::string& wrong : tally->wrong) {
    print(fmt::format("seed {}: {}\n", options.series.seed, wrong));
  }
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
  const std::string classes = to_text(tally->classes, options.json);
  const std::string reasons = to_text(tally->reasons, options.json);
  if (options.json) {
    print(fmt::format(
        R"({{"journal_bytes":{},"damages":{},"found":{},"harmless":{},"wrong":{},"classes":{{{}}},)"
        R"("reasons":{{{}}}}})"
        "\n",
        tally->journal_bytes, tally->damages, tally->found, tally->harmless, tally->wrong.size(),
        classes, reasons));
  } else {
    print(fmt::format(
        "{} damages of a journal of {} bytes: {} found, {} harmless, {} wrong\n{}found by\n{}",
        tally->damages, tally->journal_bytes, tally->found, tally->harmless, tally->wrong.size(),
        classes, reasons));
  }
  return tally->wrong.empty() ? 0 : 1;
}

int run(const ProveOptions& options) {
  std::error_code ignored;
  std::filesystem::create_directories(options.series.directory, ignored);
  if (options.series.part == "damage") return run_damages(options);
  const Result<Tally> tally = run_fault_series(options.series);
  if (!tally) return report(tally.error(), options.json);
  const std::string classes = to_text(tally->classes, options.json);
  if (options.json) {
    print(fmt::format(
        R"({{"holds":{},"runs":{},"failed":{},"unmet":{},"faults":{},"deaths":{},"classes":{{{}}}}})"
        "\n",
        tally->holds(), tally->runs, tally->failed, tally->unmet, tally->faults, tally->deaths,
        classes));
  } else {
    print(fmt::format(
        "{} faults in {} scripts of {} payments, {} deaths; {} scripts do not hold, {} met no "
        "fault\n{}",
        tally->faults, tally->runs, options.series.payments, tally->deaths, tally->failed,
        tally->unmet, classes));
  }
  return tally->holds() ? 0 : 1;
}

}  // namespace

void add_prove(CLI::App& program, int& exit) {
  auto options = std::make_shared<ProveOptions>();
  CLI::App* command = program.add_subcommand(
      "prove", "Runs the server under real faults and compares it with the bank's own books.");
  command->add_option("--part", options->series.part, "Which faults")
      ->check(CLI::IsMember(
          {"kills", "errors", "pauses", "clocks", "every-kill", "every-error", "damage"}))
      ->capture_default_str();
  command->add_option("--faults", options->series.faults, "How many")->capture_default_str();
  command->add_option("--faults-per-run", options->series.faults_per_run, "Of one script, at most")
      ->capture_default_str();
  command->add_option("--payments", options->series.payments, "Of one script")
      ->capture_default_str();
  command->add_option("--stride", options->series.stride, "Of every-...: only one call in so many")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command
      ->add_option("--mebibytes", options->mebibytes, "Of damage: of the journal that is damaged")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  command->add_option("--seed", options->series.seed, "Of the first script; each has its own")
      ->capture_default_str();
  command->add_option("--directory", options->series.directory, "For worlds; those that fail stay")
      ->capture_default_str();
  command->add_option("--report", options->series.report, "Gets a line of JSON for each script")
      ->capture_default_str();
  command
      ->add_option("--jobs", options->series.jobs, "Scripts at once, each with a server of its own")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  command->add_flag("--resume", options->series.resume, "Goes on with what the report holds");
  command->add_flag("--json", options->json, "Prints JSON");
  command->callback([options, &exit] { exit = run(*options); });
}

}  // namespace remit::app
