#pragma once

#include "kit/base/random.h"

#include <cstdint>

namespace remit::lab::sim {

/// How often things go wrong in one simulated world, in a million. Drawn per seed, some of them zero: a world in which only
/// one kind of fault happens reaches states that a world full of faults never does.
struct Rates {
  // Per turn.
  std::uint32_t crash = 0;
  std::uint32_t split = 0;             ///< A second process takes over while the first one lives.
  std::uint32_t checkpoints_lost = 0;  ///< Per crash: the engine's checkpoints are gone.
  std::uint32_t checkpoints_down = 0;
  std::uint32_t clock_jump = 0;
  // Per append.
  std::uint32_t append_refused = 0;
  std::uint32_t append_unknown = 0;
  std::uint32_t append_slow = 0;
  // Per call of the bank.
  std::uint32_t call_refused = 0;     ///< It certainly did not arrive.
  std::uint32_t request_lost = 0;     ///< No answer, and it did not arrive.
  std::uint32_t answer_lost = 0;      ///< No answer, though it arrived, at once or later.
  std::uint32_t bank_rejects = 0;     ///< At once.
  std::uint32_t order_rejected = 0;   ///< After it was accepted.
  std::uint32_t evidence_silent = 0;  ///< Nothing can be found out now.
  // Per status.
  std::uint32_t status_lost = 0;
  std::uint32_t status_twice = 0;
  std::uint32_t status_stale = 0;  ///< An earlier one comes again.
};

Rates draw_rates(Random& random);

}  // namespace remit::lab::sim
