#include "app/prove/error_source.h"

#include <algorithm>
#include <bit>
#include <cerrno>

namespace remit::app {
namespace {

using lab::faults::Action;
using lab::faults::Call;
using lab::faults::is_connection;
using lab::faults::Place;

constexpr std::uint64_t kSoonCalls = 10;

std::vector<Place> all_files() {
  std::vector<Place> files;
  for (std::size_t i = 0; i < lab::faults::kPlaceNames.size(); ++i) {
    const auto place = static_cast<Place>(i);
    if (!is_connection(place) && place != Place::Log) files.push_back(place);
  }
  return files;
}

bool is_full(const ErrorKind& kind) {
  return kind.error == ENOSPC || kind.error == EDQUOT;
}

/// Any of those that were tried least often, which then was tried once more.
template <class T>
T least_tried(const std::vector<T>& candidates, std::map<std::string, std::uint64_t>& tried,
              SeededRandom& random) {
  std::vector<T> least;
  std::uint64_t fewest = UINT64_MAX;
  for (const T& one : candidates) {
    const std::uint64_t times = tried[one.name()];
    if (times > fewest) continue;
    if (times < fewest) least.clear();
    fewest = times;
    least.push_back(one);
  }
  const T chosen = least[random.below(least.size())];
  ++tried[chosen.name()];
  return chosen;
}

}  // namespace

std::string ErrorKind::name() const {
  if (action == Action::Short) return "short";
  return std::string(::strerrorname_np(error)) + (sticky ? " sticky" : "");
}

std::vector<ErrorKind> error_kinds_of(CallClass one) {
  std::vector<ErrorKind> kinds;
  const auto both = [&kinds](int error) {
    kinds.push_back({Action::Fail, error, false});
    kinds.push_back({Action::Fail, error, true});
  };
  if (one.place == Place::Log) return kinds;
  if (is_connection(one.place)) {
    return {
        {Action::Fail, ECONNRESET, false}, {Action::Fail, EINTR, false}, {Action::Short, 0, false}};
  }
  both(EIO);
  if (one.call == Call::Write || one.call == Call::Open || one.call == Call::Truncate ||
      one.call == Call::Sync || one.call == Call::Rename) {
    both(ENOSPC);
    both(EDQUOT);
  }
  // Once only: whoever tries again an interrupted call would try for ever.
  if (one.call == Call::Write || one.call == Call::Read) {
    kinds.push_back({Action::Fail, EINTR, false});
    kinds.push_back({Action::Short, 0, false});
  }
  return kinds;
}

FaultPlan plan_of(CallClass one, const ErrorKind& kind, std::uint64_t at) {
  FaultPlan plan = plan_at(one, kind.action, at);
  plan.error = kind.error;
  plan.sticky = kind.sticky;
  if (kind.sticky && is_full(kind) && one.call != Call::Sync) {
    plan.places = all_files();
    plan.calls = {Call::Write, Call::Truncate};
  }
  return plan;
}

std::optional<FaultPlan> ErrorSource::next(const FaultControl& control, bool new_life) {
  for (const CallClass& one : control.called()) {
    std::uint64_t& most = seen_max_[one];
    most = std::max(most, control.count(one));
  }
  if (left_ == 0) return std::nullopt;
  std::vector<CallClass> classes;
  for (const auto& [one, most] : seen_max_) {
    if (error_kinds_of(one).empty()) continue;
    // A process that runs makes those calls again that it makes all the time.
    if (new_life || control.count(one) >= kSoonCalls) classes.push_back(one);
  }
  if (classes.empty()) classes.push_back({Place::JournalWal, Call::Write});
  const CallClass chosen = least_tried(classes, tried_classes_, random_);
  const ErrorKind kind = least_tried(error_kinds_of(chosen), tried_kinds_[chosen], random_);
  const std::uint64_t most = std::max<std::uint64_t>(seen_max_[chosen], 1);
  const std::uint64_t bits = random_.below(static_cast<std::uint64_t>(std::bit_width(most)));
  const std::uint64_t at =
      std::min<std::uint64_t>((1ULL << bits) + random_.below(1ULL << bits), most);
  return plan_of(chosen, kind, new_life ? at : 1 + random_.below(kSoonCalls));
}

void ErrorSource::happened(const FaultHappened&) {
  if (left_ > 0) --left_;
}

}  // namespace remit::app
