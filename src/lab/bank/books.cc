#include "lab/bank/books.h"

#include "kit/base/check.h"

namespace remit::lab::bank {

Books::Books(const std::vector<PayerAccount>& accounts) : accounts_(accounts) {
  for (std::size_t index = 0; index < accounts_.size(); ++index) {
    const PayerAccount& account = accounts_[index];
    positions_[account.id] = {account.balance_minor, 0};
    index_by_id_[account.id] = index;
    index_by_identification_[account.identification] = index;
  }
}

const PayerAccount* Books::find(std::string_view account_id) const {
  const auto found = index_by_id_.find(account_id);
  return found == index_by_id_.end() ? nullptr : &accounts_[found->second];
}

const PayerAccount* Books::find_by_identification(std::string_view identification) const {
  const auto found = index_by_identification_.find(identification);
  return found == index_by_identification_.end() ? nullptr : &accounts_[found->second];
}

Books::Position& Books::position_of(std::string_view account_id) {
  const auto found = positions_.find(account_id);
  CHECK(found != positions_.end(), "no account {}", account_id);
  return found->second;
}

std::int64_t Books::available_minor(std::string_view account_id) const {
  const auto found = positions_.find(account_id);
  return found == positions_.end() ? 0 : found->second.balance_minor - found->second.reserved_minor;
}

std::int64_t Books::balance_minor(std::string_view account_id) const {
  const auto found = positions_.find(account_id);
  return found == positions_.end() ? 0 : found->second.balance_minor;
}

bool Books::reserve(std::string_view account_id, std::int64_t amount_minor) {
  CHECK(amount_minor > 0, "a reservation of {}", amount_minor);
  if (available_minor(account_id) < amount_minor) return false;
  position_of(account_id).reserved_minor += amount_minor;
  return true;
}

void Books::release(std::string_view account_id, std::int64_t amount_minor) {
  Position& position = position_of(account_id);
  CHECK(amount_minor > 0 && position.reserved_minor >= amount_minor, "{} of {} released",
        amount_minor, position.reserved_minor);
  position.reserved_minor -= amount_minor;
}

std::size_t Books::executions_of(std::string_view payment_id) const {
  return executed_ids_.contains(payment_id) ? 1 : 0;
}

void Books::execute(const Payment& payment, Timestamp at) {
  CHECK(executed_ids_.insert(payment.id).second, "payment {} is executed twice", payment.id);
  release(payment.account_id, payment.amount_minor);
  position_of(payment.account_id).balance_minor -= payment.amount_minor;
  credits_[payment.creditor_account] += payment.amount_minor;
  executed_minor_ += payment.amount_minor;
  executions_.push_back({payment.id, at});
}

}  // namespace remit::lab::bank
