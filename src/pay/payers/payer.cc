#include "pay/payers/payer.h"

#include "kit/base/planted.h"

#include <fmt/format.h>

namespace remit::payers {

void evolve(engine::Changes& changes, const PayerErased& event, const engine::EventContext& at) {
  Payer& payer = changes.change<Payer>(at.stream);
  payer.id = at.stream;
  payer.client = event.client;
  payer.erased_at = at.time;
}

void payment_opened(engine::Changes& changes, const TypeId& payer, const ClientId& client) {
  if (payer.empty()) return;
  Payer& changed = changes.change<Payer>(payer);
  changed.id = payer;
  changed.client = client;
  ++changed.payments;
  ++changed.open_payments;
}

void payment_ended(engine::Changes& changes, const TypeId& payer) {
  if (!payer.empty()) --changes.change<Payer>(payer).open_payments;
}

const Payer* owned_by(const Payer* found, const ClientId& client) {
  return found != nullptr && found->client == client ? found : nullptr;
}

std::unexpected<Error> payer_not_found(std::string_view id, std::string field) {
  return fail(ErrorCode::NotFound, "payer_not_found",
              fmt::format("No payer {} exists; check the id.", id), std::move(field));
}

std::unexpected<Error> payer_erased(const TypeId& payer) {
  return fail(
      ErrorCode::FailedPrecondition, "payer_erased",
      fmt::format("{} was erased; leave payer_id out, and a new payer is made.", payer.to_string()),
      "payer_id");
}

Result<void> check(engine::View& view, const TypeId& payer) {
  if (payer.empty()) return {};
  const Payer* known = view.find<Payer>(payer);
  if (known == nullptr) return {};
  if (known->client != view.context().client) {
    return payer_not_found(payer.to_string(), "payer_id");
  }
  if (known->erased()) return payer_erased(payer);
  return {};
}

Result<Payer> decide(engine::View& view, const ErasePayer& command) {
  const Payer* known = command.id.prefix() == Payer::kPrefix
                           ? owned_by(view.find<Payer>(command.id), view.context().client)
                           : nullptr;
  if (known == nullptr) return payer_not_found(command.id.to_string());
  if (known->erased()) return *known;
  if (known->open_payments > 0 && !planted(Bug::ErasedWhileOpen)) {
    return fail(ErrorCode::FailedPrecondition, "payer_has_open_payments",
                fmt::format("{} of the payer's payments have not come to an end; cancel them, or "
                            "wait until they have.",
                            known->open_payments),
                "id");
  }
  view.emit(command.id, PayerErased{known->client});
  return view.get<Payer>(command.id);
}

void touches(const ErasePayer& command, engine::Touches& touches) {
  touches.add(command.id);
}

void register_kinds(engine::Registry& registry) {
  registry.entity<Payer>();
  registry.event<PayerErased>();
  registry.command<ErasePayer>();
}

}  // namespace remit::payers
