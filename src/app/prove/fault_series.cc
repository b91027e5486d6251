#include "app/prove/fault_series.h"

#include "app/admin_client.h"
#include "app/commands.h"
#include "app/prove/error_source.h"
#include "app/prove/kill_source.h"
#include "app/prove/progress.h"
#include "app/prove/report_file.h"
#include "app/prove/time_source.h"
#include "lab/bank/sandbox.h"

#include <fmt/format.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>

namespace remit::app {
namespace {

/// What every world of a series is given.
struct Worlds {
  const FaultSeriesOptions& options;
  std::string keys;

  static Result<Worlds> of(const FaultSeriesOptions& options) {
    const std::string keys = options.directory + "/keys";
    TRY(lab::bank::write_sandbox(keys, {}, SystemClock().now()));
    return Worlds{options, keys};
  }

  /// `number`: each world of a seed has its own, since what does not hold is kept.
  Result<FaultRunReport> run(std::uint64_t seed, std::size_t number, FaultSource& source) const {
    const DemoOptions script{
        .directory = fmt::format("{}/{}-{}-{}", options.directory, options.part, seed, number),
        .payments = options.payments,
        .payers = 8,
        .seed = seed,
        .abandoned = 0,
        .cancelled = 120,
        .refunded = 240,
        .transfers = options.payments / 4,
        .retry_pause_max = std::chrono::milliseconds(100),
        .json = true};
    auto report = run_with_faults(script, keys, source);
    if (report && !report->findings.empty()) {
      print(fmt::format("seed {}: {} (kept in {})\n", seed, report->findings.front(),
                        script.directory));
    }
    return report;
  }
};

/// What scripts that run at once share: the report, the sum, and the first thing that made it impossible to go on.
class SharedTally {
 public:
  SharedTally(const FaultSeriesOptions& options, ReportFile file)
      : options_(options), file_(std::move(file)) {}

  /// Calls `use` with each line of an earlier session, before anything runs.
  void count_earlier(const std::function<void(const codec::JsonNode& line)>& use) {
    file_.for_each(options_.part, [&](const codec::JsonNode& line) {
      tally_.count(line);
      use(line);
    });
  }
  void add(std::uint64_t seed, std::string_view planned, const FaultRunReport& report) {
    const std::lock_guard lock(mutex_);
    tally_.count(report);
    const auto written = file_.add(options_.part, seed, planned, report);
    if (!written && !error_) error_ = written.error();
  }
  void stop(Error error) {
    const std::lock_guard lock(mutex_);
    if (!error_) error_ = std::move(error);
  }
  bool stopped() const {
    const std::lock_guard lock(mutex_);
    return error_.has_value();
  }
  Tally now() const {
    const std::lock_guard lock(mutex_);
    return tally_;
  }
  /// When nothing runs any more.
  Result<Tally> result() const {
    if (error_) return std::unexpected(*error_);
    return tally_;
  }

 private:
  const FaultSeriesOptions& options_;
  mutable std::mutex mutex_;
  ReportFile file_;
  Tally tally_;
  std::optional<Error> error_;
};

/// One thread for each, since a server dies with the thread that started it.
template <class F>
void run_at_once(std::size_t jobs, F work) {
  std::vector<std::jthread> threads;
  threads.reserve(jobs);
  for (std::size_t number = 0; number < jobs; ++number) {
    threads.emplace_back([&work, number] { work(number); });
  }
}

/// How many faults are still to be had: scripts take some of them, and give back what they did not come to.
class Allowance {
 public:
  Allowance(std::uint64_t left, std::uint64_t of_script) : left_(left), of_script_(of_script) {}

  /// Zero once all were had. Waits while others may give some back.
  std::uint64_t take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return left_ > 0 || taken_ == 0; });
    const std::uint64_t some = std::min(left_, of_script_);
    left_ -= some;
    taken_ += some;
    return some;
  }
  void give_back(std::uint64_t taken, std::uint64_t had) {
    const std::lock_guard lock(mutex_);
    taken_ -= taken;
    left_ += taken - std::min(taken, had);
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t left_;
  std::uint64_t taken_ = 0;
  const std::uint64_t of_script_;
};

/// Random faults, many to a script, until there were enough of them.
template <class Source>
Result<Tally> run_random(const FaultSeriesOptions& options) {
  const Worlds worlds = TRY(Worlds::of(options));
  SharedTally tally(options, TRY(ReportFile::open(options.report, options.resume)));
  std::atomic<std::uint64_t> next_seed = options.seed;
  tally.count_earlier([&](const codec::JsonNode&) { ++next_seed; });
  const std::uint64_t first = next_seed;
  const std::uint64_t before = tally.now().faults;
  Allowance allowance(options.faults - std::min(options.faults, before), options.faults_per_run);
  const Progress progress(before, options.faults);
  run_at_once(options.jobs, [&](std::size_t number) {
    Source source(first + number, 0);
    while (const std::uint64_t some = tally.stopped() ? 0 : allowance.take()) {
      source.allow(some);
      const std::uint64_t seed = next_seed++;
      const auto report = worlds.run(seed, 0, source);
      if (report) {
        tally.add(seed, "", *report);
      } else {
        tally.stop(report.error());
      }
      allowance.give_back(some, report ? report->faults.size() : some);
      progress.show(tally.now().faults, tally.now().failed);
    }
  });
  return tally.result();
}

struct PlannedFault {
  std::string name;  ///< "journal-wal/write kill 17".
  FaultPlan plan;
};

/// One fault for each call of each kind, of a run that goes as this one went.
std::vector<PlannedFault> every_fault(const FaultRunReport& calls,
                                      const FaultSeriesOptions& options) {
  std::vector<PlannedFault> plans;
  std::uint64_t number = 0;
  for (const auto& [name, count] : calls.calls) {
    const CallClass one = *call_class_of(name);
    std::vector<PlannedFault> kinds;
    if (options.part == "every-error") {
      for (const ErrorKind& kind : error_kinds_of(one)) {
        kinds.push_back({kind.name(), plan_of(one, kind, 1)});
      }
    } else if (kill_matters(one)) {
      kinds.push_back({"kill", plan_at(one, lab::faults::Action::Kill, 1)});
    }
    for (const auto& [kind, plan] : kinds) {
      for (std::uint64_t at = 1; at <= count; ++at) {
        if (++number % options.stride != options.seed % options.stride) continue;
        plans.push_back({fmt::format("{} {} {}", name, kind, at), plan});
        plans.back().plan.at = at;
      }
    }
  }
  return plans;
}

/// No two runs make quite as many calls: one that did not come to the call is made again.
Result<FaultRunReport> run_until_met(const Worlds& worlds, std::uint64_t seed, std::size_t number,
                                     const FaultPlan& plan) {
  constexpr int kRunsMax = 5;
  Result<FaultRunReport> report;
  for (int run = 0; run < kRunsMax; ++run) {
    OneFault fault(plan);
    report = worlds.run(seed, number, fault);
    if (!report || !report->faults.empty() || !report->findings.empty()) break;
  }
  return report;
}

/// Every call of a run, each in a run of its own.
Result<Tally> run_every(const FaultSeriesOptions& options) {
  const Worlds worlds = TRY(Worlds::of(options));
  SharedTally tally(options, TRY(ReportFile::open(options.report, options.resume)));
  NoFaults none;
  const FaultRunReport calls = TRY(worlds.run(options.seed, 0, none));
  if (!calls.findings.empty()) {
    return fail(ErrorCode::Internal, "does_not_hold",
                "The script does not hold without any fault: " + calls.findings.front());
  }
  std::set<std::string> done;
  tally.count_earlier([&](const codec::JsonNode& line) { done.insert(text_at(line, "planned")); });
  std::vector<PlannedFault> plans = every_fault(calls, options);
  const std::size_t all = plans.size();
  std::erase_if(plans, [&](const PlannedFault& one) { return done.contains(one.name); });
  const Progress progress(all - plans.size(), all);
  std::atomic<std::size_t> next = 0;
  std::atomic<std::size_t> ended = all - plans.size();
  run_at_once(options.jobs, [&](std::size_t) {
    for (std::size_t i = next++; i < plans.size() && !tally.stopped(); i = next++) {
      const auto report = run_until_met(worlds, options.seed, i + 1, plans[i].plan);
      if (!report) return tally.stop(report.error());
      if (!report->findings.empty()) print(fmt::format("That was {}.\n", plans[i].name));
      tally.add(options.seed, plans[i].name, *report);
      progress.show(++ended, tally.now().failed);
    }
  });
  return tally.result();
}

}  // namespace

Result<Tally> run_fault_series(const FaultSeriesOptions& options) {
  if (options.part.starts_with("every-")) return run_every(options);
  if (options.part == "kills") return run_random<KillSource>(options);
  if (options.part == "errors") return run_random<ErrorSource>(options);
  if (options.part == "pauses") return run_random<PauseSource>(options);
  return run_random<ClockSource>(options);
}

}  // namespace remit::app
