#include "pay/payments/held_grants.h"

namespace remit::payments {

void HeldGrants::hold(const TypeId& payment, const rails::Authorisation& granted) {
  const std::lock_guard lock(mutex_);
  granted_.insert_or_assign(payment, granted);
  if (granted_.size() > most_) granted_.erase(granted_.begin());
}

std::optional<rails::Authorisation> HeldGrants::find(const TypeId& payment) const {
  const std::lock_guard lock(mutex_);
  const auto found = granted_.find(payment);
  return found == granted_.end() ? std::nullopt : std::optional(found->second);
}

void HeldGrants::forget(const TypeId& payment) {
  const std::lock_guard lock(mutex_);
  granted_.erase(payment);
}

}  // namespace remit::payments
