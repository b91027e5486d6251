#pragma once

#include "kit/base/random.h"
#include "lab/sim/network.h"

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace remit::lab::sim {

/// What can be taken out of a world to find out whether a failure needs it. Values index names: see rates.cc.
enum class FaultClass : std::uint8_t {
  Crash,        ///< The process dies.
  Split,        ///< A second process takes over while the first one lives.
  Pause,        ///< The process stands still for minutes.
  Clock,        ///< Its wall clock is wrong.
  Append,       ///< Appends are refused, slow or unknown.
  Checkpoints,  ///< The engine's checkpoints are lost or cannot be reached.
  ReadModel,    ///< The read model is lost with its process.
  Network,      ///< Messages are late, lost, doubled, broken or answered by somebody else.
  Partition,    ///< Nothing gets through for minutes, one way or both.
  Bank,         ///< The bank answers late, wrongly, twice or never, and rejects.
  Events,       ///< The bank's events are lost, late, doubled or not to be believed.
  Quirks,       ///< The bank deviates from the standard.
  Receiver,     ///< The receiver of webhooks is down, slow or wrong about what it took.
  Disk,  ///< The files are on a disk that loses, tears, fails and fills up; otherwise all is kept in memory.
};
inline constexpr std::size_t kFaultClasses = 14;
using FaultMask = std::bitset<kFaultClasses>;

/// "crash", as the command line spells it.
std::string_view fault_class_name(FaultClass which);
std::optional<FaultClass> fault_class_named(std::string_view name);
/// "crash,split"; empty for none.
std::string describe(const FaultMask& mask);

/// How often things go wrong in one simulated world, in a million. Drawn per seed, some of them zero: a world in which only
/// one kind of fault happens reaches states that a world full of faults never does.
struct Rates {
  // Per turn.
  std::uint32_t crash = 0;
  std::uint32_t split = 0;
  std::uint32_t pause = 0;
  std::uint32_t checkpoints_lost = 0;  ///< Per crash.
  std::uint32_t checkpoints_down = 0;
  std::uint32_t read_model_lost = 0;  ///< Per crash.
  std::uint32_t clock_jump = 0;
  std::uint32_t partition = 0;
  // Per append.
  std::uint32_t append_refused = 0;
  std::uint32_t append_unknown = 0;
  std::uint32_t append_slow = 0;
  // Per exchange.
  NetworkRates network;
  // Per call of the bank; in a thousand, as it takes them.
  std::uint32_t bank_slow = 0;
  std::uint32_t bank_silent_before = 0;
  std::uint32_t bank_silent_after = 0;
  std::uint32_t bank_fails_before = 0;
  std::uint32_t bank_fails_after = 0;
  std::uint32_t bank_throttles = 0;
  std::uint32_t bank_rejects_later = 0;
  std::uint32_t bank_has_no_funds = 0;
  std::uint32_t bank_tells_old_status = 0;
  std::uint32_t bank_signs_wrongly = 0;
  std::uint32_t events_lost = 0;
  std::uint32_t events_doubled = 0;
  std::uint32_t events_slow = 0;
  std::uint32_t events_signed_wrongly = 0;
  std::uint32_t events_of_nothing = 0;
  // Per quirk, once for the whole world.
  std::uint32_t quirk = 0;
  // Per delivery of a webhook.
  std::uint32_t receiver_fails_before = 0;
  std::uint32_t receiver_fails_after = 0;
  std::uint32_t receiver_silent = 0;
  std::uint32_t receiver_slow = 0;
  // Of the disk: whether there is one, once for the whole world; how often it fills up, per turn; the others per call.
  bool disk = false;
  std::uint32_t disk_full = 0;
  std::uint32_t disk_error = 0;
  std::uint32_t disk_read_error = 0;
  std::uint32_t disk_stop = 0;  ///< The process ends at the call.
};

/// A bank that gives no answer to so many in a thousand calls, two of three of them behind the effect, and is right otherwise.
void be_silent(Rates& rates, std::uint32_t permille);

/// The same draws whatever is left out.
Rates draw_rates(Random& random, const FaultMask& without);

}  // namespace remit::lab::sim
