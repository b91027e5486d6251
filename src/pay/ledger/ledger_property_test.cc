#include "pay/ledger/ledger_world_test.h"

#include <gtest/gtest.h>

#include <array>
#include <map>

namespace remit::ledger {
namespace {

using std::chrono::minutes;

/// Random commands against a ledger in plain sums, which knows nothing of the ledger's code. After every command the sums
/// must be equal and the laws of double entry must hold.
class RandomLedger {
 public:
  explicit RandomLedger(std::uint64_t seed) : random_(seed), world_(seed) {
    constexpr std::array kLimits{BalanceLimit::None, BalanceLimit::DebitsMustNotExceedCredits,
                                 BalanceLimit::CreditsMustNotExceedDebits};
    for (int i = 0; i < 6; ++i) {
      const Currency currency = Currency::of(i < 4 ? "GBP" : "EUR");
      const BalanceLimit limit = kLimits[random_.below(3)];
      const TypeId id = world_.open_account("a", AccountType::Asset, limit, currency);
      accounts_.push_back(id);
      books_[id] = {limit, currency, {}};
    }
  }

  void run(int commands) {
    for (int i = 0; i < commands && !testing::Test::HasFailure(); ++i) {
      one_command();
      if (random_.below(25) == 0) world_.crash();
      if (random_.below(3) == 0) world_.host.advance(minutes(random_.below(10)));
      expire();
      check();
    }
    world_.expect_fold_agrees();
  }
  std::size_t made() const { return transfers_.size(); }

 private:
  struct Book {
    BalanceLimit limit;
    Currency currency;
    Balances sums;
  };
  struct Made {
    NewTransfer terms;
    bool open = false;
  };

  void one_command() {
    const std::uint64_t drawn = random_.below(10);
    if (drawn < 6 || transfers_.empty()) return create();
    Made& made = transfers_[random_.below(transfers_.size())];
    if (drawn < 8) return post(made);
    if (drawn < 9) return void_transfer(made);
    // The same request again changes nothing.
    EXPECT_EQ(world_.create(made.terms), "");
  }
  NewTransfer drawn_transfer() {
    NewTransfer made = world_.transfer(accounts_[random_.below(6)], accounts_[random_.below(6)],
                                       static_cast<std::int64_t>(random_.below(50)));
    made.currency =
        random_.below(8) == 0 ? Currency::of("EUR") : books_.at(made.debit_account).currency;
    made.pending = random_.below(2) == 0;
    if (made.pending && random_.below(2) == 0) {
      made.expires_at = world_.host.clock().now() + minutes(1 + random_.below(60));
    }
    return made;
  }
  void create() {
    std::vector<NewTransfer> asked;
    for (std::uint64_t i = 0; i <= random_.below(4); ++i) asked.push_back(drawn_transfer());
    const bool linked = random_.below(2) == 0;
    const auto books = books_;
    const auto transfers = transfers_;
    std::vector<bool> possible;
    for (const NewTransfer& each : asked) {
      possible.push_back(allowed(each));
      if (possible.back()) apply(each);
    }
    const bool all = std::ranges::find(possible, false) == possible.end();
    const auto answer = world_.ask(CreateTransfers{asked, linked});
    if (linked) {
      EXPECT_EQ(answer.has_value(), all);
      if (!all) {
        books_ = books;
        transfers_ = transfers;
      }
      return;
    }
    ASSERT_TRUE(answer);
    for (std::size_t i = 0; i < asked.size(); ++i) {
      EXPECT_EQ(answer->outcomes[i].reason.empty(), possible[i]) << answer->outcomes[i].reason;
    }
  }
  bool allowed(const NewTransfer& asked) {
    const Book& debit = books_.at(asked.debit_account);
    const Book& credit = books_.at(asked.credit_account);
    if (asked.amount < 1 || asked.debit_account == asked.credit_account) return false;
    if (debit.currency != asked.currency || credit.currency != asked.currency) return false;
    const std::int64_t debits = debit.sums.debits_posted + debit.sums.debits_pending + asked.amount;
    const std::int64_t credits =
        credit.sums.credits_posted + credit.sums.credits_pending + asked.amount;
    return !(debit.limit == BalanceLimit::DebitsMustNotExceedCredits &&
             debits > debit.sums.credits_posted) &&
           !(credit.limit == BalanceLimit::CreditsMustNotExceedDebits &&
             credits > credit.sums.debits_posted);
  }
  void apply(const NewTransfer& asked) {
    Balances& debit = books_.at(asked.debit_account).sums;
    Balances& credit = books_.at(asked.credit_account).sums;
    (asked.pending ? debit.debits_pending : debit.debits_posted) += asked.amount;
    (asked.pending ? credit.credits_pending : credit.credits_posted) += asked.amount;
    transfers_.push_back({asked, asked.pending});
  }
  void end(Made& made, std::int64_t posted) {
    made.open = false;
    Balances& debit = books_.at(made.terms.debit_account).sums;
    Balances& credit = books_.at(made.terms.credit_account).sums;
    debit.debits_pending -= made.terms.amount;
    credit.credits_pending -= made.terms.amount;
    debit.debits_posted += posted;
    credit.credits_posted += posted;
  }
  void post(Made& made) {
    const auto amount = static_cast<std::int64_t>(random_.below(60));
    const bool open = made.open;
    const auto answer = world_.ask(PostTransfer{made.terms.id, amount});
    if (open && amount >= 1 && amount <= made.terms.amount) {
      ASSERT_TRUE(answer) << answer.error().describe();
      end(made, amount);
    } else if (open) {
      EXPECT_EQ(world_.reason(answer), "amount_out_of_range");
    }
  }
  void void_transfer(Made& made) {
    const auto answer = world_.ask(VoidTransfer{made.terms.id});
    if (!made.open) return;
    ASSERT_TRUE(answer) << answer.error().describe();
    end(made, 0);
  }
  void expire() {
    for (Made& made : transfers_) {
      const bool expires = made.terms.expires_at != Timestamp();
      if (made.open && expires && made.terms.expires_at <= world_.host.clock().now()) end(made, 0);
    }
  }

  void check() {
    std::map<Currency, std::int64_t> posted;
    std::map<Currency, std::int64_t> debits_pending;
    std::map<Currency, std::int64_t> credits_pending;
    std::map<Currency, std::int64_t> open;
    for (const Made& made : transfers_) {
      if (made.open) open[made.terms.currency] += made.terms.amount;
    }
    for (const auto& [id, book] : books_) {
      const Balances found = world_.balances(id);
      EXPECT_EQ(found, book.sums) << id.to_string();
      posted[book.currency] += found.debits_posted - found.credits_posted;
      debits_pending[book.currency] += found.debits_pending;
      credits_pending[book.currency] += found.credits_pending;
      if (book.limit == BalanceLimit::DebitsMustNotExceedCredits) {
        EXPECT_LE(found.debits_posted + found.debits_pending, found.credits_posted);
      }
      if (book.limit == BalanceLimit::CreditsMustNotExceedDebits) {
        EXPECT_LE(found.credits_posted + found.credits_pending, found.debits_posted);
      }
    }
    for (const auto& [currency, sum] : posted) {
      EXPECT_EQ(sum, 0) << currency.code();
      EXPECT_EQ(debits_pending[currency], open[currency]) << currency.code();
      EXPECT_EQ(credits_pending[currency], open[currency]) << currency.code();
    }
  }

  SeededRandom random_;
  LedgerWorld world_;
  std::vector<TypeId> accounts_;
  std::map<TypeId, Book> books_;
  std::vector<Made> transfers_;
};

TEST(LedgerProperty, sums_are_zero_and_limits_hold_whatever_is_asked) {
  std::size_t made = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    RandomLedger ledger(seed);
    ledger.run(80);
    made += ledger.made();
    if (HasFailure()) break;
  }
  EXPECT_GT(made, 500U) << "too few transfers to prove anything";
}

}  // namespace
}  // namespace remit::ledger
