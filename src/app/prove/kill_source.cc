#include "app/prove/kill_source.h"

#include <array>
#include <bit>

namespace remit::app {

using lab::faults::Action;
using lab::faults::Call;
using lab::faults::Place;

namespace {

/// What a server does all the time while payments are made.
constexpr std::array<CallClass, 7> kSteady{{{Place::JournalWal, Call::Write},
                                            {Place::JournalWal, Call::Sync},
                                            {Place::Bank, Call::Send},
                                            {Place::ReadModelsWal, Call::Write},
                                            {Place::Api, Call::Send},
                                            {Place::FlowsWal, Call::Write},
                                            {Place::Webhook, Call::Send}}};
constexpr std::uint64_t kSoonCalls = 20;

}  // namespace

bool kill_matters(CallClass one) {
  return one.call != Call::Read && one.place != Place::Log;
}

void KillSource::learn(const FaultControl& control) {
  for (const CallClass& one : control.called()) {
    if (!kill_matters(one)) continue;
    std::uint64_t& most = seen_max_[one];
    most = std::max(most, control.count(one));
  }
  if (!awaited_) return;
  // Awaited in vain: only a first start makes so many, or any.
  seen_max_[*awaited_] = std::max<std::uint64_t>(control.count(*awaited_), 1);
  if (control.count(*awaited_) == 0) first_only_.insert(*awaited_);
  awaited_.reset();
}

CallClass KillSource::least_tried(bool first_life) {
  // The first life shows which kinds there are: it dies by whatever write comes.
  CallClass chosen = kSteady.front();
  std::uint64_t fewest = UINT64_MAX;
  for (const auto& [one, most] : seen_max_) {
    if (!first_life && first_only_.contains(one)) continue;
    const std::uint64_t tried = tried_[one];
    if (tried > fewest || (tried == fewest && random_.below(2) == 0)) continue;
    fewest = tried;
    chosen = one;
  }
  return chosen;
}

std::optional<FaultPlan> KillSource::next(const FaultControl& control, bool new_life) {
  learn(control);
  if (left_ == 0) return std::nullopt;
  if (!new_life) {
    const CallClass steady = kSteady.at(next_steady_++ % kSteady.size());
    ++tried_[steady];
    return plan_at(steady, Action::Kill, 1 + random_.below(kSoonCalls));
  }
  const CallClass chosen = least_tried(std::exchange(first_life_, false));
  ++tried_[chosen];
  awaited_ = chosen;
  const std::uint64_t most = std::max<std::uint64_t>(seen_max_[chosen], 1);
  // A power of two first, then within it: a life that ends at once tells as much as one that ends late, and sooner.
  const std::uint64_t bits = random_.below(static_cast<std::uint64_t>(std::bit_width(most)));
  const std::uint64_t at =
      std::min<std::uint64_t>((1ULL << bits) + random_.below(1ULL << bits), most);
  const bool torn = chosen.call == Call::Write && random_.below(3) == 0;
  return plan_at(chosen, torn ? Action::TornKill : Action::Kill, at);
}

void KillSource::happened(const FaultHappened& one) {
  if (!one.end) return;
  awaited_.reset();
  if (left_ > 0) --left_;
}

}  // namespace remit::app
