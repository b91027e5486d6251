#include "lab/sim/swarm.h"

#include "kit/base/check.h"
#include "lab/bank/json.h"
#include "lab/sim/shrink.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <poll.h>
#include <unistd.h>

namespace remit::lab::sim {
namespace {

using std::chrono::hours;
namespace json = bank::json;

/// What all worlds came to.
struct Sum {
  std::uint64_t worlds = 0;
  Duration simulated{};
  std::uint64_t crashes = 0;
  std::uint64_t splits = 0;
  std::uint64_t handed_over = 0;
  std::uint64_t unknown = 0;
  std::uint64_t executed = 0;
  Sometimes sometimes;
  Hash256 traces{};             ///< Of all worlds, in whichever order they ended.
  std::uint64_t next_seed = 0;  ///< All before it have been run.
  std::vector<Outcome> failed;
};

/// Hands out every `step`th seed until there are no more or the time is over.
class Seeds {
 public:
  Seeds(const SwarmOptions& options, std::size_t worker, Monotonic end)
      : next_(options.first + worker),
        step_(options.jobs),
        end_seed_(options.seconds ? std::numeric_limits<std::uint64_t>::max()
                                  : options.first + options.count),
        end_(end) {}
  std::optional<std::uint64_t> operator()() {
    SystemClock clock;
    if (next_ >= end_seed_ || clock.monotonic() >= end_) return std::nullopt;
    return std::exchange(next_, next_ + step_);
  }
  /// Goes on behind a world in which the worker died.
  void skip_to(std::uint64_t seed) { next_ = seed; }

 private:
  std::uint64_t next_;
  std::uint64_t step_;
  std::uint64_t end_seed_;
  Monotonic end_;
};

class Swarm {
 public:
  Swarm(const SwarmOptions& options, std::FILE* out)
      : options_(options), out_(out), shows_progress_(!options.json && ::isatty(STDERR_FILENO)) {}

  Sum run() {
    SystemClock clock;
    const Monotonic end =
        options_.seconds ? clock.monotonic() + *options_.seconds : Monotonic::max();
    for (std::size_t i = 0; i < options_.jobs; ++i) {
      next_of_.push_back(options_.first + i);
      seeds_.emplace_back(options_, i, end);
      start(i);
    }
    while (std::ranges::any_of(workers_, [](const auto& worker) { return worker.has_value(); })) {
      wait();
    }
    sum_.next_seed = *std::ranges::min_element(next_of_);
    if (shows_progress_) fmt::print(stderr, "\r\033[K");
    return std::move(sum_);
  }

 private:
  void start(std::size_t which) {
    Result<Worker> started = Worker::start(seeds_[which], options_.world);
    CHECK(started.has_value(), "{}", started.error().describe());
    workers_.resize(std::max(workers_.size(), which + 1));
    workers_[which].emplace(*std::move(started));
  }

  void wait() {
    std::vector<pollfd> waiting;
    for (const auto& worker : workers_) {
      waiting.push_back({worker ? worker->descriptor() : -1, POLLIN, 0});
    }
    ::poll(waiting.data(), waiting.size(), 1000);
    for (std::size_t i = 0; i < workers_.size(); ++i) {
      if (!workers_[i]) continue;
      workers_[i]->watch();
      if (waiting[i].revents == 0) continue;
      bool died = false;
      const bool open = workers_[i]->read([&](Outcome ended) {
        died = ended.trace == Hash256{};
        seeds_[i].skip_to(ended.seed + options_.jobs);
        next_of_[i] = ended.seed + options_.jobs;
        hear(std::move(ended));
      });
      if (open) continue;
      workers_[i].reset();
      if (died) start(i);
    }
    if (shows_progress_) show_progress();
  }

  void hear(Outcome ended) {
    ++sum_.worlds;
    sum_.simulated += ended.simulated;
    sum_.crashes += ended.crashes;
    sum_.splits += ended.splits;
    sum_.handed_over += ended.handed_over;
    sum_.unknown += ended.unknown;
    sum_.executed += ended.executed;
    sum_.sometimes.add(ended.sometimes);
    for (std::size_t i = 0; i < sum_.traces.size(); ++i) sum_.traces[i] ^= ended.trace[i];
    if (options_.twice && ended.violations.empty()) {
      const Outcome again = run_apart(ended.seed, options_.world);
      if (again.trace != ended.trace) {
        ended.violations.emplace_back("the same seed had another history the second time");
      }
    }
    if (ended.violations.empty()) return;
    for (const std::string& violation : ended.violations) {
      fmt::print(out_, "seed {}: {}\n  replay: {}\n", ended.seed, violation,
                 replay_command(ended.seed, options_.world));
    }
    std::fflush(out_);
    sum_.failed.push_back(std::move(ended));
  }

  void show_progress() const {
    fmt::print(stderr, "\r\033[K{} worlds, {} h simulated, {} failed", sum_.worlds,
               std::chrono::floor<hours>(sum_.simulated).count(), sum_.failed.size());
    std::fflush(stderr);
  }

  const SwarmOptions& options_;
  std::FILE* out_;
  const bool shows_progress_;
  std::vector<Seeds> seeds_;
  std::vector<std::uint64_t> next_of_;
  std::vector<std::optional<Worker>> workers_;
  Sum sum_;
};

/// The smallest command that still fails.
std::string smallest(const SwarmOptions& options, const Outcome& failed) {
  const RunWorld run = [&](const Options& world) { return run_apart(failed.seed, world); };
  return replay_command(failed.seed, shrink(options.world, failed, run));
}

std::vector<std::string_view> never_reached(const Sum& sum) {
  std::vector<std::string_view> never;
  for (std::size_t i = 0; i < kRareStates; ++i) {
    const auto state = static_cast<Rare>(i);
    if (sum.sometimes.count(state) == 0) never.push_back(rare_name(state));
  }
  return never;
}

void print_text(const Sum& sum, std::FILE* out) {
  for (std::size_t i = 0; i < kRareStates; ++i) {
    const auto state = static_cast<Rare>(i);
    fmt::print(out, "  {:28} {:>10}\n", rare_name(state), sum.sometimes.count(state));
  }
  fmt::print(
      out,
      "{} worlds, {} hours, {} crashes, {} splits, {} payments handed over, {} of them with an "
      "unknown outcome, {} executed: {} failed\n",
      sum.worlds, std::chrono::floor<hours>(sum.simulated).count(), sum.crashes, sum.splits,
      sum.handed_over, sum.unknown, sum.executed, sum.failed.size());
  fmt::print(out, "to go on: ./dev sim --seed {}\n", sum.next_seed);
}

void print_json(const SwarmOptions& options, const Sum& sum,
                const std::vector<std::string>& commands, std::FILE* out) {
  json::array failed;
  for (std::size_t i = 0; i < sum.failed.size(); ++i) {
    json::array violations;
    for (const std::string& violation : sum.failed[i].violations) {
      violations.emplace_back(violation);
    }
    failed.push_back(
        json::object{{"seed", sum.failed[i].seed},
                     {"violations", std::move(violations)},
                     {"replay", replay_command(sum.failed[i].seed, options.world)},
                     {"smallest", i < commands.size() ? json::value(commands[i]) : json::value()}});
  }
  json::object sometimes;
  for (std::size_t i = 0; i < kRareStates; ++i) {
    const auto state = static_cast<Rare>(i);
    sometimes[rare_name(state)] = sum.sometimes.count(state);
  }
  const json::object summary{{"first_seed", options.first},
                             {"next_seed", sum.next_seed},
                             {"worlds", sum.worlds},
                             {"simulated_hours", std::chrono::floor<hours>(sum.simulated).count()},
                             {"crashes", sum.crashes},
                             {"splits", sum.splits},
                             {"handed_over", sum.handed_over},
                             {"unknown", sum.unknown},
                             {"executed", sum.executed},
                             {"traces", to_hex(view_of(sum.traces))},
                             {"failed", std::move(failed)},
                             {"sometimes", std::move(sometimes)}};
  fmt::print(out, "{}\n", json::serialize(summary));
}

}  // namespace

int run_swarm(const SwarmOptions& options, std::FILE* out) {
  // Whoever reads JSON reads nothing else.
  std::FILE* const said = options.json ? stderr : out;
  const Sum sum = Swarm(options, said).run();
  std::vector<std::string> commands;
  for (const Outcome& failed : sum.failed) {
    if (!options.shrinks) break;
    commands.push_back(smallest(options, failed));
    fmt::print(said, "seed {}: the smallest that still fails: {}\n", failed.seed, commands.back());
  }
  auto failures = static_cast<int>(sum.failed.size());
  if (options.every_rare_state) {
    for (const std::string_view state : never_reached(sum)) {
      fmt::print(said, "no world reached {}\n", state);
      ++failures;
    }
  }
  if (options.json) {
    print_json(options, sum, commands, out);
  } else {
    print_text(sum, out);
  }
  return failures;
}

}  // namespace remit::lab::sim
