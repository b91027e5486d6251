#include "app/prove/fault_run.h"

#include "app/prove/meant_end.h"
#include "app/prove/script.h"
#include "app/world/verification.h"

#include <fmt/format.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

namespace remit::app {
namespace {

using Steady = std::chrono::steady_clock;
using lab::faults::Action;
using lab::faults::is_connection;

constexpr auto kStep = std::chrono::milliseconds(2);
/// How long a fault may take to come about, before the next call of its kind is taken, and before another one is.
constexpr auto kReachPatience = std::chrono::milliseconds(250);
constexpr auto kGiveUpPatience = std::chrono::milliseconds(450);
/// How long what is sticky stays.
constexpr auto kHold = std::chrono::milliseconds(500);
constexpr auto kReadyPatience = std::chrono::seconds(30);
/// What a process logs when its start is over.
constexpr std::string_view kServing = R"("message":"Serving.")";

double seconds_since(Steady::time_point begun) {
  return std::chrono::duration<double>(Steady::now() - begun).count();
}

class FaultRun {
 public:
  FaultRun(const DemoOptions& options, const std::string& keys, FaultSource& source)
      : options_(options), keys_(keys), source_(source) {}

  Result<FaultRunReport> run() {
    const auto begun = Steady::now();
    world_ = TRY(World::start({.directory = options_.directory,
                               .seed = options_.seed,
                               .tls = false,
                               .record = false,
                               .rejected = 80,
                               .silent_before = 0,
                               .silent_after = 0,
                               .serve = false,
                               .keys = keys_}));
    control_ = TRY(FaultControl::open(*world_));
    Script script(*world_, options_, source_.patience());
    TRY(begin_life());
    script.start();
    while (!script.at_rest()) {
      TRY(look());
      std::this_thread::sleep_for(kStep);
    }
    TRY(come_back());
    report_.retried = script.retried();
    report_.acknowledged = script.acknowledged();
    for (std::string& finding : TRY(script.judge(source_.forgives_shop())))
      report_.findings.push_back(std::move(finding));
    report_.redriven = script.redriven();
    for (const CallClass& one : control_->called()) {
      report_.calls.emplace_back(one.name(), control_->count(one));
    }
    end();
    report_.seconds = seconds_since(begun);
    if (report_.findings.empty()) {
      std::error_code ignored;
      std::filesystem::remove_all(options_.directory, ignored);
    }
    return std::move(report_);
  }

 private:
  Result<void> begin_life() {
    // Asked first: what the last life called is still there to be learnt from.
    std::optional<FaultPlan> plan = source_.next(*control_, true);
    control_->begin_life();
    set(std::move(plan));
    return launch();
  }

  Result<void> launch() {
    ++report_.lives;
    life_ = {};
    life_begun_ = Steady::now();
    std::error_code none_yet;
    const std::uintmax_t logged = std::filesystem::file_size(log_file(), none_yet);
    log_of_life_ = none_yet ? 0 : static_cast<std::streamoff>(logged);
    return world_->launch_server(control_->environment());
  }

  std::string log_file() const { return options_.directory + "/serve.log"; }

  bool has_served() const {
    std::ifstream log(log_file());
    log.seekg(log_of_life_);
    for (std::string line; std::getline(log, line);) {
      if (line.contains(kServing)) return true;
    }
    return false;
  }

  void set(std::optional<FaultPlan> plan) {
    plan_ = std::move(plan);
    told_ = false;
    hurried_ = false;
    set_at_ = Steady::now();
    if (plan_) {
      control_->set(*plan_);
    } else {
      control_->lift();
    }
  }

  /// Notes what came about, starts a process that ended, and sets the next fault.
  Result<void> look() {
    source_.tick(*control_);
    if (!world_->server().running()) {
      note(world_->server().end());
      return begin_life();
    }
    if (!plan_) return {};
    if (control_->hit()) {
      if (!told_) {
        told_ = true;
        note_failure();
        hit_at_ = Steady::now();
      }
      const bool lasts = plan_->sticky || plan_->action == Action::Stop;
      if (Steady::now() - hit_at_ < (lasts ? kHold : kStep)) return {};
      control_->lift();
      if (plan_->action == Action::Stop) ::kill(world_->server().id(), SIGCONT);
      // What ends by the fault does so at once, or not by it.
      if (!ending()) {
        note(std::nullopt);
        set(source_.next(*control_, false));
      }
      return {};
    }
    const auto waited = Steady::now() - set_at_;
    if (!source_.gives_way()) return {};
    if (waited > kGiveUpPatience) {
      set(source_.next(*control_, false));
    } else if (waited > kReachPatience && !hurried_) {
      hurried_ = true;
      plan_->at = 1;
      control_->set(*plan_);
    }
    return {};
  }

  /// A kill that has been sent, or an end that is under way.
  bool ending() {
    if (plan_->action == Action::Kill || plan_->action == Action::TornKill) return true;
    return Steady::now() - hit_at_ < std::chrono::milliseconds(20);
  }

  void note_failure() {
    // No connection that fails is a reason to end.
    if (plan_->action != Action::Fail || is_connection(control_->hit()->at.place)) return;
    life_.file_failed = true;
    const bool full = plan_->error == ENOSPC || plan_->error == EDQUOT;
    life_.disk_failed |= !full || control_->hit()->at.call == lab::faults::Call::Sync;
  }

  void note(std::optional<int> end) {
    const auto hit = control_->hit();
    if (hit && plan_) note_failure();
    if (hit && plan_) {
      report_.faults.push_back({*plan_, *hit, end, seconds_since(life_begun_)});
      source_.happened(report_.faults.back());
    }
    if (end && !expected(*end, hit && plan_)) {
      report_.findings.push_back(fmt::format(
          "the server ended with {} {}", *end,
          hit ? fmt::format("after {} {}", hit->at.name(), hit->index) : "without a fault"));
    }
    plan_.reset();
  }

  bool expected(int end, bool hit) {
    // What failed is remembered from before: an end by an error takes its time, and the next fault may be set by then.
    life_.killed = hit && (plan_->action == Action::Kill || plan_->action == Action::TornKill);
    life_.served = has_served();
    return end_is_meant(end, life_);
  }

  /// The disk is whole again: from here on nothing goes wrong, and the server must come back by itself.
  Result<void> come_back() {
    control_->lift();
    control_->right_clock();
    if (world_->server().running()) ::kill(world_->server().id(), SIGCONT);
    const auto deadline = Steady::now() + kReadyPatience;
    while (Steady::now() < deadline) {
      if (!world_->server().running()) {
        note(world_->server().end());
        control_->begin_life();
        TRY(launch());
      }
      if (world_->server_ready()) return {};
      std::this_thread::sleep_for(kStep);
    }
    report_.findings.emplace_back("the server does not come back");
    return {};
  }

  void end() {
    const int code = world_->stop_server();
    if (code != 0) report_.findings.push_back(fmt::format("the orderly end gave {}", code));
    const Verification verification = verify_data(options_.directory);
    if (!verification.holds) report_.findings.push_back("remit verify: " + verification.said);
  }

  const DemoOptions& options_;
  const std::string& keys_;
  FaultSource& source_;
  std::unique_ptr<World> world_;
  std::unique_ptr<FaultControl> control_;
  FaultRunReport report_;
  std::optional<FaultPlan> plan_;
  bool told_ = false;
  LifeUnderFaults life_;
  std::streamoff log_of_life_ = 0;  ///< Where in the log the life begins.
  bool hurried_ = false;
  Steady::time_point set_at_;
  Steady::time_point hit_at_;
  Steady::time_point life_begun_;
};

}  // namespace

Result<FaultRunReport> run_with_faults(const DemoOptions& options, const std::string& keys,
                                       FaultSource& source) {
  return FaultRun(options, keys, source).run();
}

}  // namespace remit::app
