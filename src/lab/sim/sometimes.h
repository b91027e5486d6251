#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace remit::lab::sim {

/// The rare states that the worlds must reach, or they prove nothing of them: a closed list, each counted where it is seen.
/// Values index names: see sometimes.cc.
enum class Rare : std::uint8_t {
  UnknownFoundExecuted,  ///< The outcome of a hand-over was unknown, and evidence showed that it was executed.
  UnknownFoundNotExecuted,  ///< The same, and that it never was.
  UnknownResolvedByHand,    ///< The same, and a person said so.
  CrashDuringHandOver,  ///< The process died between the journalled start and the journalled answer.
  StaleWriterRefused,   ///< A process learnt from the journal that another one has its partition.
  PausedLeaderFenced,   ///< The same, after it had stood still.
  AppendUnknownDurable,  ///< The writer did not know; it was written, and the process went on.
  AppendUnknownLost,     ///< The writer did not know; it was not, and the process went on.
  TornTailCut,           ///< What a crash left half written was cut off.
  ReceiptAfterCrash,     ///< A client asked again after a crash and heard the answer of before.
  RedriveBehindHeldKey,  ///< A record waited behind a dead letter until that was redriven.
  TokenRefreshed,
  StatusOutOfOrder,  ///< The bank told a status that it had gone beyond before.
  RequestTooLate,    ///< It took effect after its sender had given up.
  RequestDoubled,    ///< The bank or a receiver got it twice.
  RejectedLater,     ///< The bank accepted a payment and rejected it afterwards.
  EventPolled,       ///< An event of the bank had a payment's status asked for.
  EventPushed,       ///< The same, sent by the bank.
  EventRefused,      ///< One was not believed.
  RefundExecuted,
  RefundFailed,
  PaymentCancelled,
  PaymentExpired,
  PayerErased,
  WebhookTwice,    ///< A receiver got the same event twice under one id.
  WebhookRetried,  ///< It was delivered after a failure.
  ReadModelLost,   ///< It was made anew from the journal.
  CheckpointsLost,
  DiskFailed,  ///< The process ended because a write or a sync of its journal failed.
  DiskFilled,  ///< The journal found no room, and the process went on when there was some again.
};
inline constexpr std::size_t kRareStates = 30;

/// "unknown_found_executed"
std::string_view rare_name(Rare state);

/// How often each was reached.
class Sometimes {
 public:
  void mark(Rare state, std::uint64_t times = 1) {
    counts_[static_cast<std::size_t>(state)] += times;
  }
  std::uint64_t count(Rare state) const { return counts_[static_cast<std::size_t>(state)]; }
  void add(const Sometimes& other) {
    for (std::size_t i = 0; i < kRareStates; ++i) counts_[i] += other.counts_[i];
  }
  bool operator==(const Sometimes&) const = default;

 private:
  std::array<std::uint64_t, kRareStates> counts_{};
};

}  // namespace remit::lab::sim
