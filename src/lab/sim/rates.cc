#include "lab/sim/rates.h"

#include <algorithm>
#include <array>

namespace remit::lab::sim {
namespace {

constexpr std::uint32_t kPercent = 10'000;
constexpr std::uint32_t kPerMille = 1;

constexpr std::array<std::string_view, kFaultClasses> kNames{
    "crash",   "split",     "pause", "clock",  "append", "checkpoints", "read_model",
    "network", "partition", "bank",  "events", "quirks", "receiver",    "disk"};

/// Draws rates, and forgets those of classes that are left out.
class Draws {
 public:
  Draws(Random& random, const FaultMask& without) : random_(random), without_(without) {}
  std::uint32_t operator()(FaultClass which, std::uint32_t most) {
    const bool never = random_.below(3) == 0;
    const auto drawn = static_cast<std::uint32_t>(random_.below(most + 1));
    return never || without_.test(static_cast<std::size_t>(which)) ? 0 : drawn;
  }

 private:
  Random& random_;
  const FaultMask& without_;
};

}  // namespace

std::string_view fault_class_name(FaultClass which) {
  return kNames[static_cast<std::size_t>(which)];
}

std::optional<FaultClass> fault_class_named(std::string_view name) {
  const auto found = std::ranges::find(kNames, name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<FaultClass>(found - kNames.begin());
}

std::string describe(const FaultMask& mask) {
  std::string names;
  for (std::size_t i = 0; i < kFaultClasses; ++i) {
    if (mask.test(i)) names.append(names.empty() ? "" : ",").append(kNames[i]);
  }
  return names;
}

void be_silent(Rates& rates, std::uint32_t permille) {
  rates.bank_slow = 0;
  rates.bank_silent_before = permille / 3;
  rates.bank_silent_after = permille - rates.bank_silent_before;
  rates.bank_fails_before = 0;
  rates.bank_fails_after = 0;
  rates.bank_throttles = 0;
  rates.bank_rejects_later = 0;
  rates.bank_has_no_funds = 0;
  rates.bank_tells_old_status = 0;
  rates.bank_signs_wrongly = 0;
}

Rates draw_rates(Random& random, const FaultMask& without) {
  Draws draw(random, without);
  using enum FaultClass;
  Rates rates;
  rates.crash = draw(Crash, 5 * kPercent);
  rates.split = draw(Split, 2 * kPercent);
  rates.pause = draw(Pause, 2 * kPercent);
  rates.checkpoints_lost = draw(Checkpoints, 50 * kPercent);
  rates.checkpoints_down = draw(Checkpoints, 5 * kPercent);
  rates.read_model_lost = draw(ReadModel, 20 * kPercent);
  rates.clock_jump = draw(Clock, 10 * kPercent);
  rates.partition = draw(Partition, 2 * kPercent);
  rates.append_refused = draw(Append, 10 * kPercent);
  rates.append_unknown = draw(Append, 10 * kPercent);
  rates.append_slow = draw(Append, 20 * kPercent);
  rates.network.refused = draw(Network, 60 * kPercent);
  rates.network.request_lost = draw(Network, 15 * kPercent);
  rates.network.answer_lost = draw(Network, 20 * kPercent);
  rates.network.reset = draw(Network, 15 * kPercent);
  rates.network.duplicated = draw(Network, 20 * kPercent);
  rates.network.garbled = draw(Network, 10 * kPercent);
  rates.network.slow = draw(Network, 20 * kPercent);
  rates.bank_slow = draw(Bank, 100 * kPerMille);
  rates.bank_silent_before = draw(Bank, 80 * kPerMille);
  rates.bank_silent_after = draw(Bank, 120 * kPerMille);
  rates.bank_fails_before = draw(Bank, 80 * kPerMille);
  rates.bank_fails_after = draw(Bank, 120 * kPerMille);
  rates.bank_throttles = draw(Bank, 80 * kPerMille);
  rates.bank_rejects_later = draw(Bank, 150 * kPerMille);
  rates.bank_has_no_funds = draw(Bank, 60 * kPerMille);
  rates.bank_tells_old_status = draw(Bank, 200 * kPerMille);
  rates.bank_signs_wrongly = draw(Bank, 40 * kPerMille);
  rates.events_lost = draw(Events, 300 * kPerMille);
  rates.events_doubled = draw(Events, 200 * kPerMille);
  rates.events_slow = draw(Events, 200 * kPerMille);
  rates.events_signed_wrongly = draw(Events, 100 * kPerMille);
  rates.events_of_nothing = draw(Events, 100 * kPerMille);
  rates.quirk = draw(Quirks, 12 * kPercent);
  rates.receiver_fails_before = draw(Receiver, 40 * kPercent);
  rates.receiver_fails_after = draw(Receiver, 20 * kPercent);
  rates.receiver_silent = draw(Receiver, 20 * kPercent);
  rates.receiver_slow = draw(Receiver, 20 * kPercent);
  rates.disk = draw(Disk, 1) != 0;
  rates.disk_full = draw(Disk, 2 * kPercent);
  rates.disk_error = draw(Disk, kPercent / 10);
  rates.disk_read_error = draw(Disk, kPercent / 20);
  rates.disk_stop = draw(Disk, kPercent / 10);
  return rates;
}

}  // namespace remit::lab::sim
