#include "kit/base/codec/golden_test.h"
#include "pay/ledger/ledger_world_test.h"
#include "pay/ledger/limits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace remit::ledger {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr auto kLiability = AccountType::Liability;
constexpr auto kNoOverdraft = BalanceLimit::DebitsMustNotExceedCredits;

class LedgerTest : public testing::Test {
 protected:
  LedgerWorld world_;
  TypeId bank_ = world_.open_account("bank");
  TypeId alice_ = world_.open_account("alice", kLiability, kNoOverdraft);
  TypeId bob_ = world_.open_account("bob", kLiability);

  void fund(std::int64_t amount) {
    ASSERT_EQ(world_.create(world_.transfer(bank_, alice_, amount)), "");
  }
  Result<Transfer> post(const TypeId& id, std::optional<std::int64_t> amount = {}) {
    return world_.ask(PostTransfer{id, amount});
  }
  Result<Transfer> void_transfer(const TypeId& id) { return world_.ask(VoidTransfer{id}); }
};

TEST_F(LedgerTest, a_transfer_moves_both_balances) {
  fund(100);
  EXPECT_EQ(world_.balances(bank_), (Balances{.debits_posted = 100}));
  EXPECT_EQ(world_.balances(alice_), (Balances{.credits_posted = 100}));
  EXPECT_EQ(posted_balance(*world_.look<Account>(bank_)), 100);
  EXPECT_EQ(posted_balance(*world_.look<Account>(alice_)), 100);
  ASSERT_EQ(world_.create(world_.transfer(alice_, bank_, 30)), "");
  EXPECT_EQ(posted_balance(*world_.look<Account>(alice_)), 70);
}

TEST_F(LedgerTest, opening_the_same_account_twice_is_the_same_account) {
  OpenAccount open{world_.id("acc"), "fees", AccountType::Income, Currency::of("GBP"), {}};
  open.limit = BalanceLimit::None;
  ASSERT_TRUE(world_.ask(open));
  EXPECT_TRUE(world_.ask(open));
  open.name = "other";
  EXPECT_EQ(world_.reason(world_.ask(open)), "account_id_reused");
  EXPECT_EQ(world_.reason(world_.ask_as(ClientId("cli", {2}), open)), "account_id_reused");
}

TEST_F(LedgerTest, an_account_needs_an_id_a_name_and_a_currency) {
  OpenAccount open{world_.id("pay"), "x", AccountType::Asset, Currency::of("GBP"), {}};
  EXPECT_EQ(world_.reason(world_.ask(open)), "account_id_invalid");
  open.id = world_.id("acc");
  open.name = "";
  EXPECT_EQ(world_.reason(world_.ask(open)), "name_invalid");
  open.name = std::string(kNameBytesMax + 1, 'x');
  EXPECT_EQ(world_.reason(world_.ask(open)), "name_invalid");
  open.name = std::string(kNameBytesMax, 'x');
  open.currency = Currency();
  EXPECT_EQ(world_.reason(world_.ask(open)), "currency_missing");
}

TEST_F(LedgerTest, a_pending_transfer_reserves_and_is_posted_once) {
  fund(100);
  const NewTransfer hold = world_.pending(alice_, bob_, 60);
  ASSERT_EQ(world_.create(hold), "");
  EXPECT_EQ(world_.balances(alice_), (Balances{.credits_posted = 100, .debits_pending = 60}));
  EXPECT_EQ(world_.balances(bob_), (Balances{.credits_pending = 60}));
  EXPECT_EQ(world_.create(world_.transfer(alice_, bob_, 41)), "insufficient_funds");
  const auto posted = post(hold.id);
  ASSERT_TRUE(posted);
  EXPECT_EQ(posted->status, TransferStatus::Posted);
  EXPECT_EQ(posted->posted_amount, 60);
  EXPECT_EQ(world_.balances(alice_), (Balances{.debits_posted = 60, .credits_posted = 100}));
  EXPECT_EQ(world_.balances(bob_), (Balances{.credits_posted = 60}));
  EXPECT_TRUE(post(hold.id)) << "the same word twice";
  EXPECT_EQ(world_.balances(bob_), (Balances{.credits_posted = 60}));
  EXPECT_EQ(world_.reason(void_transfer(hold.id)), "transfer_not_pending");
  EXPECT_EQ(world_.reason(post(hold.id, 59)), "transfer_not_pending");
}

TEST_F(LedgerTest, posting_in_part_releases_the_rest) {
  fund(100);
  const NewTransfer hold = world_.pending(alice_, bob_, 60);
  ASSERT_EQ(world_.create(hold), "");
  EXPECT_EQ(world_.reason(post(hold.id, 0)), "amount_out_of_range");
  EXPECT_EQ(world_.reason(post(hold.id, -1)), "amount_out_of_range");
  EXPECT_EQ(world_.reason(post(hold.id, 61)), "amount_out_of_range");
  ASSERT_TRUE(post(hold.id, 25));
  EXPECT_EQ(world_.balances(alice_), (Balances{.debits_posted = 25, .credits_posted = 100}));
  EXPECT_EQ(world_.balances(bob_), (Balances{.credits_posted = 25}));
  EXPECT_TRUE(post(hold.id, 25));
  EXPECT_EQ(world_.reason(post(hold.id)), "transfer_not_pending");
}

TEST_F(LedgerTest, a_voided_transfer_moves_nothing) {
  fund(100);
  const NewTransfer hold = world_.pending(alice_, bob_, 100);
  ASSERT_EQ(world_.create(hold), "");
  EXPECT_EQ(void_transfer(hold.id)->status, TransferStatus::Voided);
  EXPECT_EQ(world_.balances(alice_), (Balances{.credits_posted = 100}));
  EXPECT_TRUE(void_transfer(hold.id));
  EXPECT_EQ(world_.reason(post(hold.id)), "transfer_not_pending");
  EXPECT_EQ(world_.reason(void_transfer(world_.id("trf"))), "transfer_not_found");
  EXPECT_EQ(world_.reason(void_transfer(bob_)), "transfer_not_found");
}

TEST_F(LedgerTest, a_pending_transfer_expires_by_its_timer) {
  fund(100);
  NewTransfer hold = world_.pending(alice_, bob_, 100);
  hold.expires_at = world_.host.clock().now() + hours(1);
  ASSERT_EQ(world_.create(hold), "");
  world_.host.advance(minutes(59));
  EXPECT_EQ(world_.look<Transfer>(hold.id)->status, TransferStatus::Pending);
  world_.crash();
  world_.host.advance(minutes(1));
  EXPECT_EQ(world_.look<Transfer>(hold.id)->status, TransferStatus::Expired);
  EXPECT_EQ(world_.balances(alice_), (Balances{.credits_posted = 100}));
  EXPECT_EQ(world_.reason(post(hold.id)), "transfer_not_pending");
  EXPECT_EQ(world_.create(hold), "") << "a retry is answered the same way, expired or not";
}

TEST_F(LedgerTest, what_was_posted_in_time_does_not_expire) {
  fund(100);
  NewTransfer hold = world_.pending(alice_, bob_, 100);
  hold.expires_at = world_.host.clock().now() + hours(1);
  ASSERT_EQ(world_.create(hold), "");
  ASSERT_TRUE(post(hold.id));
  EXPECT_EQ(world_.engine->stats().timers_waiting, 0U);
  EXPECT_TRUE(world_.ask(ExpireTransfer{hold.id}));
  EXPECT_TRUE(world_.ask(ExpireTransfer{world_.id("trf")})) << "nothing there is nothing to do";
  world_.host.advance(hours(2));
  EXPECT_EQ(world_.look<Transfer>(hold.id)->status, TransferStatus::Posted);
}

TEST_F(LedgerTest, expiry_needs_a_pending_transfer_and_a_future) {
  NewTransfer odd = world_.transfer(bank_, bob_, 1);
  odd.expires_at = world_.host.clock().now() + hours(1);
  EXPECT_EQ(world_.create(odd), "expiry_without_pending");
  odd.pending = true;
  odd.expires_at = world_.host.clock().now();
  EXPECT_EQ(world_.create(odd), "expiry_in_the_past");
}

TEST_F(LedgerTest, an_id_is_good_for_one_transfer_for_ever) {
  const NewTransfer made = world_.transfer(bank_, bob_, 10);
  ASSERT_EQ(world_.create(made), "");
  world_.host.advance(hours(24 * 30));
  EXPECT_EQ(world_.create(made), "");
  EXPECT_EQ(world_.balances(bob_).credits_posted, 10);
  for (const auto& change : std::vector<std::function<void(NewTransfer&)>>{
           [](NewTransfer& t) { t.amount = 11; }, [](NewTransfer& t) { t.reference = "other"; },
           [&](NewTransfer& t) { t.credit_account = alice_; },
           [&](NewTransfer& t) { t.debit_account = alice_; },
           [](NewTransfer& t) { t.currency = Currency::of("EUR"); },
           [](NewTransfer& t) { t.pending = true; }}) {
    NewTransfer other = made;
    change(other);
    EXPECT_EQ(world_.create(other), "transfer_id_reused");
  }
}

TEST_F(LedgerTest, a_hold_is_not_the_transfer_it_may_become) {
  const NewTransfer hold = world_.pending(bank_, bob_, 10);
  ASSERT_EQ(world_.create(hold), "");
  NewTransfer direct = hold;
  direct.pending = false;
  EXPECT_EQ(world_.create(direct), "transfer_id_reused") << "or its caller believes it is posted";
  ASSERT_TRUE(post(hold.id));
  EXPECT_EQ(world_.create(hold), "");
  EXPECT_EQ(world_.balances(bob_).credits_posted, 10);
}

TEST_F(LedgerTest, wrong_terms_are_refused) {
  EXPECT_EQ(world_.create(world_.transfer(bank_, bob_, 0)), "amount_not_positive");
  EXPECT_EQ(world_.create(world_.transfer(bank_, bob_, -5)), "amount_not_positive");
  EXPECT_EQ(world_.create(world_.transfer(bank_, bank_, 5)), "accounts_equal");
  EXPECT_EQ(world_.create(world_.transfer(bank_, world_.id("acc"), 5)), "account_not_found");
  EXPECT_EQ(world_.create(world_.transfer(world_.id("pay"), bob_, 5)), "account_not_found");
  NewTransfer odd = world_.transfer(bank_, bob_, 5);
  odd.id = world_.id("pay");
  EXPECT_EQ(world_.create(odd), "transfer_id_invalid");
  odd = world_.transfer(bank_, bob_, 5);
  odd.reference = std::string(kReferenceBytesMax + 1, 'x');
  EXPECT_EQ(world_.create(odd), "reference_too_long");
  EXPECT_EQ(world_.reason(world_.ask(CreateTransfers{})), "transfers_count");
}

TEST_F(LedgerTest, currencies_do_not_mix) {
  const TypeId euro =
      world_.open_account("euro", kLiability, BalanceLimit::None, Currency::of("EUR"));
  EXPECT_EQ(world_.create(world_.transfer(bank_, euro, 5)), "currency_mismatch");
  NewTransfer in_euro = world_.transfer(bank_, bob_, 5);
  in_euro.currency = Currency::of("EUR");
  EXPECT_EQ(world_.create(in_euro), "currency_mismatch");
}

TEST_F(LedgerTest, accounts_of_others_are_as_good_as_none) {
  const ClientId other("cli", {2});
  fund(100);
  const NewTransfer stolen = world_.transfer(alice_, bob_, 5);
  EXPECT_EQ(world_.reason(world_.ask_as(other, CreateTransfers{{stolen}, true})),
            "account_not_found");
  const NewTransfer hold = world_.pending(alice_, bob_, 5);
  ASSERT_EQ(world_.create(hold), "");
  EXPECT_EQ(world_.reason(world_.ask_as(other, PostTransfer{hold.id, {}})), "transfer_not_found");
  EXPECT_EQ(world_.reason(world_.ask_as(other, VoidTransfer{hold.id})), "transfer_not_found");
  EXPECT_EQ(world_.reason(world_.ask_as(other, CreateTransfers{{hold}, true})),
            "transfer_id_reused");
}

TEST_F(LedgerTest, limits_hold_to_the_last_penny_and_count_what_is_pending) {
  EXPECT_EQ(world_.create(world_.transfer(alice_, bob_, 1)), "insufficient_funds");
  const NewTransfer promised = world_.pending(bank_, alice_, 50);
  ASSERT_EQ(world_.create(promised), "");
  EXPECT_EQ(world_.create(world_.transfer(alice_, bob_, 1)), "insufficient_funds")
      << "what is only promised to arrive cannot be spent";
  ASSERT_TRUE(post(promised.id));
  EXPECT_EQ(world_.create(world_.transfer(alice_, bob_, 51)), "insufficient_funds");
  EXPECT_EQ(world_.create(world_.transfer(alice_, bob_, 50)), "");
  const TypeId vault =
      world_.open_account("vault", AccountType::Asset, BalanceLimit::CreditsMustNotExceedDebits);
  EXPECT_EQ(world_.create(world_.transfer(bob_, vault, 1)), "credit_limit");
  ASSERT_EQ(world_.create(world_.transfer(vault, bob_, 10)), "");
  ASSERT_EQ(world_.create(world_.pending(bob_, vault, 7)), "");
  EXPECT_EQ(world_.create(world_.transfer(bob_, vault, 4)), "credit_limit");
  EXPECT_EQ(world_.create(world_.transfer(bob_, vault, 3)), "");
}

TEST_F(LedgerTest, sums_do_not_overflow) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  ASSERT_EQ(world_.create(world_.transfer(bank_, bob_, kMost)), "");
  EXPECT_EQ(world_.create(world_.transfer(bank_, bob_, 1)), "amount_overflow");
  EXPECT_EQ(world_.create(world_.pending(bank_, bob_, 1)), "amount_overflow");
}

TEST_F(LedgerTest, linked_transfers_are_made_all_or_none) {
  fund(100);
  const NewTransfer first = world_.transfer(alice_, bob_, 60);
  const NewTransfer second = world_.transfer(alice_, bob_, 60);
  const auto refused = world_.ask(CreateTransfers{{first, second}, true});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, "insufficient_funds");
  EXPECT_EQ(refused.error().field, "transfers[1].debit_account");
  EXPECT_EQ(world_.balances(alice_), (Balances{.credits_posted = 100}));
  EXPECT_FALSE(world_.look<Transfer>(first.id));
  const auto alone = world_.ask(CreateTransfers{{first, second}, false});
  ASSERT_TRUE(alone);
  EXPECT_EQ(alone->outcomes[0].reason, "");
  EXPECT_EQ(alone->outcomes[1].reason, "insufficient_funds");
  EXPECT_EQ(world_.balances(bob_).credits_posted, 60);
}

TEST_F(LedgerTest, linked_transfers_build_on_each_other) {
  const auto made = world_.ask(CreateTransfers{
      {world_.transfer(bank_, alice_, 10), world_.transfer(alice_, bob_, 10)}, true});
  ASSERT_TRUE(made) << made.error().describe();
  EXPECT_EQ(world_.balances(bob_).credits_posted, 10);
}

const ClientId kClient("cli", {1, 2});
const TypeId kDebit("acc", {3});
const TypeId kCredit("acc", {4});
const TypeId kTransfer("trf", {5});
const TypeId kOwner("pay", {6});
constexpr Timestamp kTime{std::chrono::microseconds(1'787'218'200'123'456)};

/// What the ledger puts into journals and checkpoints, as every version must be able to read it.
TEST(LedgerGolden, events_and_entities) {
  const Currency gbp = Currency::of("GBP");
  codec::expect_golden("ledger/account_opened.hex",
                       codec::encode(AccountOpened{kClient, "payments_in_transit",
                                                   AccountType::Liability, gbp, kNoOverdraft}));
  codec::expect_golden("ledger/transfer_created.hex",
                       codec::encode(TransferCreated{kClient, kDebit, kCredit, 12'345, gbp, true,
                                                     "invoice 7", kTime, kOwner}));
  codec::expect_golden(
      "ledger/transfer_ended.hex",
      codec::encode(TransferEnded{kDebit, kCredit, 12'345, TransferStatus::Posted, 12'000}));
  codec::expect_golden("ledger/account.hex", codec::encode(Account{kDebit,
                                                                   kClient,
                                                                   "fees",
                                                                   AccountType::Income,
                                                                   gbp,
                                                                   BalanceLimit::None,
                                                                   {1, 2, 3, 4},
                                                                   kTime}));
  codec::expect_golden(
      "ledger/transfer.hex",
      codec::encode(Transfer{kTransfer, kClient, kDebit, kCredit, 12'345, gbp,
                             TransferStatus::Expired, 0, "invoice 7", kTime, kTime, true, kOwner}));
  codec::expect_golden("ledger/expire_transfer.hex", codec::encode(ExpireTransfer{kTransfer}));
  codec::expect_golden_text("ledger/account_id.txt",
                            account_id(kClient, "payments_in_transit", gbp).to_string() + "\n");
}

}  // namespace
}  // namespace remit::ledger
