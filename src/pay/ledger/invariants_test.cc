#include "pay/ledger/invariants.h"

#include "pay/ledger/transfer.h"

#include <gtest/gtest.h>

namespace remit::ledger {
namespace {

using journal::Violation;

const Currency kGbp = Currency::of("GBP");
const TypeId kCash("acc", {1});
const TypeId kFunds("acc", {2});
const TypeId kEuros("acc", {3});

/// A commit of one event after the other, before one invariant.
class Ledger {
 public:
  explicit Ledger(std::unique_ptr<journal::Invariant> invariant)
      : invariant_(std::move(invariant)) {
    open(kCash, kGbp, BalanceLimit::None);
    open(kFunds, kGbp, BalanceLimit::DebitsMustNotExceedCredits);
    open(kEuros, Currency::of("EUR"), BalanceLimit::None);
  }
  std::string create(std::uint8_t number, std::int64_t amount, bool pending = false,
                     const TypeId& debit = kCash, const TypeId& credit = kFunds) {
    return commit(TypeId("trf", {number}), TransferCreated{.debit_account = debit,
                                                           .credit_account = credit,
                                                           .amount = amount,
                                                           .currency = kGbp,
                                                           .pending = pending});
  }
  std::string end(std::uint8_t number, std::int64_t reserved, std::int64_t posted,
                  TransferStatus status = TransferStatus::Posted) {
    return commit(TypeId("trf", {number}), TransferEnded{kCash, kFunds, reserved, status, posted});
  }

 private:
  void open(const TypeId& account, Currency currency, BalanceLimit limit) {
    EXPECT_EQ(commit(account, AccountOpened{.currency = currency, .limit = limit}), "");
  }
  template <class V>
  std::string commit(const TypeId& stream, const V& event) {
    journal::StoredCommit stored;
    stored.commit.sequence = journal::Sequence(++sequence_);
    stored.commit.events.push_back({.stream = stream,
                                    .version = journal::Version(++versions_[stream]),
                                    .type = std::string(V::kType.name),
                                    .payload = codec::encode(event)});
    return invariant_->look(stored).value_or("");
  }

  std::unique_ptr<journal::Invariant> invariant_;
  std::map<TypeId, std::uint64_t> versions_;
  std::uint64_t sequence_ = 0;
};

TEST(TransfersEndOnce, whole_partial_and_voided_ones_are_right) {
  Ledger ledger(transfers_end_once());
  EXPECT_EQ(ledger.create(1, 100), "");
  EXPECT_EQ(ledger.create(2, 100, true), "");
  EXPECT_EQ(ledger.end(2, 100, 60), "");
  EXPECT_EQ(ledger.create(3, 100, true), "");
  EXPECT_EQ(ledger.end(3, 100, 0, TransferStatus::Voided), "");
}

TEST(TransfersEndOnce, one_that_ends_twice_or_was_never_pending_is_found) {
  Ledger ledger(transfers_end_once());
  ledger.create(1, 100);
  EXPECT_NE(ledger.end(1, 100, 100), "");
  Ledger other(transfers_end_once());
  other.create(1, 100, true);
  other.end(1, 100, 0, TransferStatus::Expired);
  EXPECT_EQ(other.end(1, 100, 100), "transfer.ended of " + TypeId("trf", {1}).to_string() +
                                        " in commit 6: it is not pending");
}

TEST(TransfersEndOnce, one_that_posts_more_than_was_reserved_is_found) {
  for (const std::int64_t posted : {101, 0, -1}) {
    Ledger ledger(transfers_end_once());
    ledger.create(1, 100, true);
    EXPECT_NE(ledger.end(1, 100, posted), "") << posted;
  }
  Ledger ledger(transfers_end_once());
  ledger.create(1, 100, true);
  EXPECT_NE(ledger.end(1, 90, 90), "") << "it gives back another amount than it reserved";
}

TEST(TransfersEndOnce, one_between_the_wrong_accounts_is_found) {
  const TypeId closed("acc", {9});
  for (const auto& [debit, credit] :
       {std::pair{kCash, closed}, std::pair{kCash, kEuros}, std::pair{kCash, kCash}}) {
    Ledger ledger(transfers_end_once());
    EXPECT_NE(ledger.create(1, 100, false, debit, credit), "");
  }
  Ledger ledger(transfers_end_once());
  EXPECT_NE(ledger.create(1, 0), "");
}

TEST(LimitsHold, an_account_that_is_overdrawn_is_found) {
  Ledger ledger(limits_hold());
  EXPECT_EQ(ledger.create(1, 100), "");
  EXPECT_EQ(ledger.create(2, 40, true, kFunds, kCash), "");
  EXPECT_EQ(ledger.create(3, 60, false, kFunds, kCash), "");
  EXPECT_NE(ledger.create(4, 1, true, kFunds, kCash), "") << "what is pending counts";
}

/// Two accounts and a transfer of 100, and their states as the rules leave them.
class BooksTest : public testing::Test {
 protected:
  BooksTest() {
    journal::StoredCommit stored;
    const auto add = [&](const TypeId& stream, const auto& event) {
      stored.commit.events.push_back(
          {.stream = stream,
           .type = std::string(std::remove_cvref_t<decltype(event)>::kType.name),
           .payload = codec::encode(event)});
    };
    add(kCash, AccountOpened{.currency = kGbp});
    add(kFunds, AccountOpened{.currency = kGbp});
    add(TypeId("trf", {1}),
        TransferCreated{
            .debit_account = kCash, .credit_account = kFunds, .amount = 100, .currency = kGbp});
    EXPECT_EQ(books.look(stored), Violation());
  }
  Books books;
  Account cash{.id = kCash, .currency = kGbp, .balances = {.debits_posted = 100}};
  Account funds{.id = kFunds, .currency = kGbp, .balances = {.credits_posted = 100}};
};

TEST_F(BooksTest, balance) {
  EXPECT_EQ(books.compare(cash), Violation());
  EXPECT_EQ(books.compare(funds), Violation());
  EXPECT_EQ(books.compare_sums(), Violation());
  EXPECT_EQ(books.sums().at("GBP").balances.debits_posted, 100);
}

TEST_F(BooksTest, an_account_that_is_not_the_sum_of_its_transfers_is_found_and_so_is_the_sum) {
  funds.balances.credits_posted = 99;
  EXPECT_EQ(books.compare(cash), Violation());
  EXPECT_EQ(books.compare(funds),
            kFunds.to_string() +
                " has debits 0 and credits 99 posted, 0 and 0 pending, but its transfers sum to "
                "debits 0 and credits 100 posted, 0 and 0 pending");
  EXPECT_EQ(books.compare_sums(),
            "the books in GBP do not balance: debits 100 and credits 99 posted, 0 and 0 pending");
}

TEST_F(BooksTest, an_account_that_is_gone_is_found) {
  EXPECT_EQ(books.compare(cash), Violation());
  EXPECT_EQ(books.compare_sums(), "2 accounts were opened and 1 exist");
}

}  // namespace
}  // namespace remit::ledger
