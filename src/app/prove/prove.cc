#include "app/admin_client.h"
#include "app/commands.h"
#include "app/prove/damaged_journal.h"
#include "app/prove/error_source.h"
#include "app/prove/kill_source.h"
#include "app/prove/report_file.h"
#include "app/prove/time_source.h"
#include "kit/base/codec/json.h"

#include <fmt/format.h>

#include <map>
#include <set>
#include <unistd.h>

/// `remit prove`: this very program as a server under real faults, judged by the books of a bank that survives.
namespace remit::app {
namespace {

struct ProveOptions {
  std::string part = "kills";
  std::string directory = "remit-prove";
  std::string report = "remit-prove.jsonl";
  std::size_t payments = 50;
  std::uint64_t seed = 1;
  std::uint64_t faults = 200;
  std::uint64_t faults_per_run = 40;
  std::uint64_t stride = 1;
  std::uint64_t mebibytes = 100;
  bool resume = false;
  bool json = false;
};

DemoOptions script_of(const ProveOptions& options, std::uint64_t seed) {
  return {.directory = fmt::format("{}/{}-{}", options.directory, options.part, seed),
          .payments = options.payments,
          .payers = 8,
          .seed = seed,
          .abandoned = 0,
          .cancelled = 120,
          .refunded = 240,
          .transfers = options.payments / 4,
          .retry_pause_max = std::chrono::milliseconds(100),
          .json = true};
}

/// How far a proof is, on one line where a person looks, else a line now and then.
class Progress {
 public:
  Progress(std::uint64_t done, std::uint64_t all) : first_(done), done_(done), all_(all) {}
  void show(std::uint64_t done, std::uint64_t failed) {
    done_ = done;
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begun_).count();
    const std::uint64_t now = done_ - first_;
    const double left = now == 0 ? 0
                                 : seconds / static_cast<double>(now) *
                                       static_cast<double>(all_ - std::min(all_, done_));
    const std::string line = fmt::format(
        "{}{} of {} faults, {} runs failed, {:.0f} s, about {:.0f} s left{}", terminal_ ? "\r" : "",
        done_, all_, failed, seconds, left, terminal_ ? "\033[K" : "\n");
    std::fwrite(line.data(), 1, line.size(), stderr);
  }

 private:
  const bool terminal_ = ::isatty(STDERR_FILENO) != 0;
  const std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  std::uint64_t first_;
  std::uint64_t done_;
  std::uint64_t all_;
};

constexpr std::uint64_t kUnmetPart = 5;

struct Tally {
  std::uint64_t runs = 0;
  std::uint64_t failed = 0;
  std::uint64_t faults = 0;
  std::uint64_t deaths = 0;
  std::uint64_t unmet = 0;  ///< Runs in which nothing went wrong, though something was to.
  std::map<std::string, std::uint64_t> classes;
  /// A run without its fault shows nothing: few may be such, since no two runs make quite as many calls.
  bool holds() const { return failed == 0 && unmet * kUnmetPart <= runs; }
};

void count(Tally& tally, const FaultRunReport& report) {
  ++tally.runs;
  if (!report.findings.empty()) ++tally.failed;
  if (report.faults.empty()) ++tally.unmet;
  for (const FaultHappened& one : report.faults) {
    ++tally.faults;
    if (one.end) ++tally.deaths;
    ++tally.classes[one.hit.at.name()];
  }
}

/// The same of a run of an earlier session.
void count(Tally& tally, const codec::JsonNode& line) {
  ++tally.runs;
  if (text_at(line, "holds") != "yes") ++tally.failed;
  const codec::JsonNode* faults = line.find("faults");
  if (faults == nullptr || faults->count == 0) ++tally.unmet;
  if (faults == nullptr) return;
  const codec::JsonNode* one = faults->first();
  for (std::uint32_t i = 0; i < faults->count; ++i, one = one->next()) {
    ++tally.faults;
    const codec::JsonNode* end = one->find("end");
    if (end != nullptr && end->kind != codec::JsonKind::Null) ++tally.deaths;
    ++tally.classes[text_at(*one, "class")];
  }
}

/// Random faults, many to a script, until there were enough of them.
template <class Source>
Result<Tally> prove_random(const ProveOptions& options) {
  ReportFile file(options.report, options.resume);
  std::uint64_t seed = options.seed;
  Tally tally;
  file.for_each(options.part, [&](const codec::JsonNode& line) {
    count(tally, line);
    ++seed;
  });
  Source source(seed, 0);
  Progress progress(tally.faults, options.faults);
  while (tally.faults < options.faults) {
    source.allow(std::min(options.faults_per_run, options.faults - tally.faults));
    const DemoOptions script = script_of(options, seed);
    FaultRunReport report = TRY(run_with_faults(script, source));
    file.add(options.part, seed, "", report);
    count(tally, report);
    if (!report.findings.empty()) {
      print(fmt::format("seed {}: {} (kept in {})\n", seed, report.findings.front(),
                        script.directory));
    }
    progress.show(tally.faults, tally.failed);
    ++seed;
  }
  return tally;
}

/// One fault for each call of each kind, of a run that goes as this one went.
std::vector<std::pair<std::string, FaultPlan>> every_fault(const FaultRunReport& calls,
                                                           const ProveOptions& options) {
  std::vector<std::pair<std::string, FaultPlan>> plans;
  std::uint64_t number = 0;
  for (const auto& [name, count] : calls.calls) {
    const CallClass one = *call_class_of(name);
    std::vector<std::pair<std::string, FaultPlan>> kinds;
    if (options.part == "every-error") {
      for (const ErrorKind& kind : error_kinds_of(one)) {
        kinds.emplace_back(kind.name(), plan_of(one, kind, 1));
      }
    } else if (kill_matters(one)) {
      kinds.emplace_back("kill", plan_at(one, lab::faults::Action::Kill, 1));
    }
    for (const auto& [kind, plan] : kinds) {
      for (std::uint64_t at = 1; at <= count; ++at) {
        if (++number % options.stride != options.seed % options.stride) continue;
        plans.emplace_back(fmt::format("{} {} {}", name, kind, at), plan);
        plans.back().second.at = at;
      }
    }
  }
  return plans;
}

/// Every call of a run, each in a run of its own.
Result<Tally> prove_every(const ProveOptions& options) {
  ReportFile file(options.report, options.resume);
  const DemoOptions script = script_of(options, options.seed);
  NoFaults none;
  const FaultRunReport calls = TRY(run_with_faults(script, none));
  if (!calls.findings.empty()) {
    return fail(ErrorCode::Internal, "does_not_hold",
                "The script does not hold without any fault: " + calls.findings.front());
  }
  std::set<std::string> done;
  Tally tally;
  file.for_each(options.part, [&](const codec::JsonNode& line) {
    done.insert(text_at(line, "planned"));
    count(tally, line);
  });
  const auto plans = every_fault(calls, options);
  Progress progress(0, plans.size());
  std::uint64_t number = 0;
  for (const auto& [name, plan] : plans) {
    ++number;
    if (done.contains(name)) continue;
    OneFault fault(plan);
    const FaultRunReport report = TRY(run_with_faults(script, fault));
    file.add(options.part, options.seed, name, report);
    count(tally, report);
    if (!report.findings.empty()) {
      print(fmt::format("{}: {}\n", name, report.findings.front()));
    }
    progress.show(number, tally.failed);
  }
  return tally;
}

Result<Tally> prove(const ProveOptions& options) {
  if (options.part.starts_with("every-")) return prove_every(options);
  if (options.part == "kills") return prove_random<KillSource>(options);
  if (options.part == "errors") return prove_random<ErrorSource>(options);
  if (options.part == "pauses") return prove_random<PauseSource>(options);
  return prove_random<ClockSource>(options);
}

std::string counts(const std::map<std::string, std::uint64_t>& all, bool json) {
  std::vector<std::string> lines;
  for (const auto& [name, count] : all) {
    lines.push_back(json ? fmt::format(R"("{}":{})", name, count)
                         : fmt::format("  {:<32} {:>6}\n", name, count));
  }
  return fmt::format("{}", fmt::join(lines, json ? "," : ""));
}

int run_damages(const ProveOptions& options) {
  const std::string folder = fmt::format("{}/damage-{}", options.directory, options.seed);
  Progress progress(0, options.faults);
  const auto tally =
      prove_damages(folder, options.mebibytes * 1024 * 1024, options.faults, options.seed,
                    [&](const DamageTally& now) { progress.show(now.damages, now.wrong.size()); });
  if (!tally) return report(tally.error(), options.json);
  for (const std::string& wrong : tally->wrong) {
    print(fmt::format("seed {}: {}\n", options.seed, wrong));
  }
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
  const std::string classes = counts(tally->classes, options.json);
  const std::string reasons = counts(tally->reasons, options.json);
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
  std::filesystem::create_directories(options.directory, ignored);
  if (options.part == "damage") return run_damages(options);
  const Result<Tally> tally = prove(options);
  if (!tally) return report(tally.error(), options.json);
  const std::string classes = counts(tally->classes, options.json);
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
        tally->faults, tally->runs, options.payments, tally->deaths, tally->failed, tally->unmet,
        classes));
  }
  return tally->holds() ? 0 : 1;
}

}  // namespace

void add_prove(CLI::App& program, int& exit) {
  auto options = std::make_shared<ProveOptions>();
  CLI::App* command = program.add_subcommand(
      "prove", "Runs the server under real faults and compares it with the bank's own books.");
  command->add_option("--part", options->part, "Which faults")
      ->check(CLI::IsMember(
          {"kills", "errors", "pauses", "clocks", "every-kill", "every-error", "damage"}))
      ->capture_default_str();
  command->add_option("--faults", options->faults, "How many")->capture_default_str();
  command->add_option("--faults-per-run", options->faults_per_run, "Of one script, at most")
      ->capture_default_str();
  command->add_option("--payments", options->payments, "Of one script")->capture_default_str();
  command->add_option("--stride", options->stride, "Of every-...: only one call in so many")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command
      ->add_option("--mebibytes", options->mebibytes, "Of damage: of the journal that is damaged")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  command->add_option("--seed", options->seed, "Of the first script; each has its own")
      ->capture_default_str();
  command->add_option("--directory", options->directory, "For worlds; those that fail stay")
      ->capture_default_str();
  command->add_option("--report", options->report, "Gets a line of JSON for each script")
      ->capture_default_str();
  command->add_flag("--resume", options->resume, "Goes on with what the report holds");
  command->add_flag("--json", options->json, "Prints JSON");
  command->callback([options, &exit] { exit = run(*options); });
}

}  // namespace remit::app
