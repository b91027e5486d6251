#include "kit/engine/invariants.h"

#include "kit/engine/engine.h"
#include "kit/engine/timer.h"
#include "kit/journal/invariants.h"

#include <fmt/format.h>

#include <unordered_map>

namespace remit::engine {
namespace {

using journal::Violation;

class TimersEndOnce final : public journal::Invariant {
 public:
  std::string_view name() const override { return "timers end once"; }

  Violation look(const journal::StoredCommit& stored) override {
    for (const journal::NewEvent& event : stored.commit.events) {
      if (event.type == TimerSet::kType.name) {
        const Result<TimerSet> set = codec::decode<TimerSet>(event.payload);
        if (!set) return wrong(stored, event, set.error().describe());
        waiting_[event.stream] = set->due;
        ++set_;
      } else if (event.type == TimerFired::kType.name) {
        if (Violation found = fired(stored, event)) return found;
      } else if (event.type == TimerCancelled::kType.name && waiting_.erase(event.stream) == 0) {
        return wrong(stored, event, "it did not wait");
      }
    }
    return std::nullopt;
  }

  std::string seen() const override {
    return fmt::format("{} set, {} waiting", set_, waiting_.size());
  }

 private:
  Violation fired(const journal::StoredCommit& stored, const journal::NewEvent& event) {
    const auto waits = waiting_.find(event.stream);
    if (waits == waiting_.end()) return wrong(stored, event, "it did not wait");
    if (waits->second > stored.commit.time) {
      return wrong(stored, event, fmt::format("it is due at {}", to_rfc3339(waits->second)));
    }
    waiting_.erase(waits);
    return std::nullopt;
  }
  static Violation wrong(const journal::StoredCommit& stored, const journal::NewEvent& event,
                         std::string_view why) {
    return fmt::format("{} of {} in commit {}: {}", event.type, event.stream.to_string(),
                       stored.commit.sequence.value, why);
  }

  std::unordered_map<StreamId, Timestamp> waiting_;
  std::uint64_t set_ = 0;
};

}  // namespace

std::unique_ptr<journal::Invariant> timers_end_once() {
  return std::make_unique<TimersEndOnce>();
}

std::vector<std::unique_ptr<journal::Invariant>> partition_invariants() {
  std::vector<std::unique_ptr<journal::Invariant>> all;
  all.push_back(journal::positions_have_no_gaps());
  all.push_back(journal::versions_have_no_gaps());
  all.push_back(journal::time_never_goes_back());
  all.push_back(journal::epochs_never_fall());
  all.push_back(journal::events_have_a_cause());
  all.push_back(journal::keys_are_answered_once(EngineOptions().receipt_retention));
  all.push_back(timers_end_once());
  return all;
}

}  // namespace remit::engine
