#include "kit/engine/receipts.h"

#include "kit/base/check.h"
#include "kit/base/planted.h"

#include <utility>

namespace remit::engine {

Result<std::optional<journal::Receipt>> Receipts::find(const ClientId& client, std::string_view key,
                                                       Timestamp now) {
  Timestamp not_before = now - retention_;
  if (planted(Bug::ReceiptForgottenEarly)) not_before = now - std::chrono::minutes(1);
  if (const auto found = recent_.find(KeyView{client, key}); found != recent_.end()) {
    const journal::Receipt& receipt = found->second.receipt;
    if (receipt.time < not_before) return std::optional<journal::Receipt>();
    return std::optional(receipt);
  }
  return journal_.find_receipt(partition_, client, key, not_before);
}

void Receipts::add(journal::Sequence sequence, journal::Receipt receipt) {
  CHECK(order_.empty() || order_.back().sequence <= sequence, "a receipt of an older commit");
  Key key{receipt.client, receipt.key};
  order_.push_back({sequence, key});
  recent_.insert_or_assign(std::move(key), Recent{sequence, std::move(receipt)});
}

void Receipts::durable(journal::Sequence sequence) {
  while (order_.size() > recent_max_ && order_.front().sequence <= sequence) {
    const auto found = recent_.find(order_.front().key);
    // A key used again after its retention has a newer receipt, which stays.
    if (found != recent_.end() && found->second.sequence == order_.front().sequence) {
      recent_.erase(found);
    }
    order_.pop_front();
  }
}

}  // namespace remit::engine
