#include "pay/payers/erase_payers.h"

#include "kit/base/planted.h"
#include "pay/payers/payer.h"

namespace remit::payers {

bool ErasePayers::wants(std::string_view type) const {
  return type == PayerErased::kType.name;
}

void ErasePayers::start(const flow::Record& record, std::uint32_t, Callback done) {
  if (planted(Bug::ErasureForgotten)) return done(flow::Finished{});
  Result<void> erased = sealer_.erase(record.key);
  if (erased) return done(flow::Finished{});
  done(flow::outcome_of(std::move(erased).error()));
}

}  // namespace remit::payers
