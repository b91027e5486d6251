#include "lab/sim/sometimes.h"

namespace remit::lab::sim {
namespace {

constexpr std::array<std::string_view, kRareStates> kNames{"unknown_found_executed",
                                                           "unknown_found_not_executed",
                                                           "unknown_resolved_by_hand",
                                                           "crash_during_hand_over",
                                                           "stale_writer_refused",
                                                           "paused_leader_fenced",
                                                           "append_unknown_durable",
                                                           "append_unknown_lost",
                                                           "torn_tail_cut",
                                                           "receipt_after_crash",
                                                           "redrive_behind_held_key",
                                                           "token_refreshed",
                                                           "status_out_of_order",
                                                           "request_too_late",
                                                           "request_doubled",
                                                           "rejected_later",
                                                           "event_polled",
                                                           "event_pushed",
                                                           "event_refused",
                                                           "refund_executed",
                                                           "refund_failed",
                                                           "payment_cancelled",
                                                           "payment_expired",
                                                           "payer_erased",
                                                           "webhook_twice",
                                                           "webhook_retried",
                                                           "read_model_lost",
                                                           "checkpoints_lost",
                                                           "disk_failed",
                                                           "disk_filled"};

}  // namespace

std::string_view rare_name(Rare state) {
  return kNames[static_cast<std::size_t>(state)];
}

}  // namespace remit::lab::sim
