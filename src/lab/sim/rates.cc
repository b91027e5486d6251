#include "lab/sim/rates.h"

namespace remit::lab::sim {
namespace {

constexpr std::uint32_t kPercent = 10'000;

std::uint32_t draw(Random& random, std::uint32_t most) {
  return random.below(3) == 0 ? 0 : static_cast<std::uint32_t>(random.below(most + 1));
}

}  // namespace

Rates draw_rates(Random& random) {
  Rates rates;
  rates.crash = draw(random, 5 * kPercent);
  rates.split = draw(random, 2 * kPercent);
  rates.checkpoints_lost = draw(random, 50 * kPercent);
  rates.checkpoints_down = draw(random, 5 * kPercent);
  rates.clock_jump = draw(random, 10 * kPercent);
  rates.append_refused = draw(random, 10 * kPercent);
  rates.append_unknown = draw(random, 10 * kPercent);
  rates.append_slow = draw(random, 20 * kPercent);
  rates.call_refused = draw(random, 90 * kPercent);
  rates.request_lost = draw(random, 20 * kPercent);
  rates.answer_lost = draw(random, 30 * kPercent);
  rates.bank_rejects = draw(random, 10 * kPercent);
  rates.order_rejected = draw(random, 15 * kPercent);
  rates.evidence_silent = draw(random, 95 * kPercent);
  rates.status_lost = draw(random, 80 * kPercent);
  rates.status_twice = draw(random, 50 * kPercent);
  rates.status_stale = draw(random, 30 * kPercent);
  return rates;
}

}  // namespace remit::lab::sim
