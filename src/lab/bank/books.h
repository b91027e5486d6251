#pragma once

#include "lab/bank/bank_options.h"
#include "lab/bank/payment.h"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace remit::lab::bank {

/// Money that left an account of this bank.
struct Execution {
  std::string payment_id;
  Timestamp at{};
};

/// The bank's own books: what each payer has, what is reserved for payments under way, and what was
/// executed, once per DomesticPaymentId. What the system under test believes is compared with this.
class Books {
 public:
  explicit Books(const std::vector<PayerAccount>& accounts);

  const PayerAccount* find(std::string_view account_id) const;
  const PayerAccount* find_by_identification(std::string_view identification) const;
  /// In the order of the configuration.
  const std::vector<PayerAccount>& accounts() const { return accounts_; }
  /// The balance less what is reserved.
  std::int64_t available_minor(std::string_view account_id) const;
  std::int64_t balance_minor(std::string_view account_id) const;

  /// False, and nothing reserved, when there is not enough.
  [[nodiscard]] bool reserve(std::string_view account_id, std::int64_t amount_minor);
  void release(std::string_view account_id, std::int64_t amount_minor);
  /// Turns a reservation into a debit and credits the payee. A second time for one payment is a bug.
  void execute(const Payment& payment, Timestamp at);

  const std::vector<Execution>& executions() const { return executions_; }
  /// 0 or 1; the books do not take a second one.
  std::size_t executions_of(std::string_view payment_id) const;
  std::int64_t executed_minor() const { return executed_minor_; }
  /// By the creditor account's identification.
  const std::map<std::string, std::int64_t, std::less<>>& credits_minor() const { return credits_; }

 private:
  struct Position {
    std::int64_t balance_minor = 0;
    std::int64_t reserved_minor = 0;
  };
  Position& position_of(std::string_view account_id);

  std::vector<PayerAccount> accounts_;
  std::map<std::string, Position, std::less<>> positions_;
  std::map<std::string, std::size_t, std::less<>> index_by_id_;
  std::map<std::string, std::size_t, std::less<>> index_by_identification_;
  std::vector<Execution> executions_;
  std::set<std::string, std::less<>> executed_ids_;
  std::map<std::string, std::int64_t, std::less<>> credits_;
  std::int64_t executed_minor_ = 0;
};

}  // namespace remit::lab::bank
