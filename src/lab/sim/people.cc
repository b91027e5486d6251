#include "lab/sim/people.h"

#include "kit/flow/commands.h"
#include "pay/ledger/transfer.h"
#include "pay/payments/commands.h"

#include <fmt/format.h>

#include <array>

namespace remit::lab::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::array kAccountNames{"treasury", "fees", "reserve"};
constexpr int kApprovalsMax = 20;

const Currency kGbp = Currency::of("GBP");

bool is_for_good(const Error& error) {
  return !error.transient() && error.code != ErrorCode::OutcomeUnknown &&
         error.code != ErrorCode::Fenced;
}

}  // namespace

People::People(World& world, std::size_t payments_max)
    : world_(world), payments_max_(payments_max) {
  for (const std::string_view name : kAccountNames) {
    accounts_.push_back(ledger::account_id(client_, name, kGbp));
  }
  world_.rail.on_status([this](const TypeId& payment, const rails::StatusReport& report) {
    webhook(payment, report);
  });
}

template <engine::Command C>
void People::submit(const ClientId& client, C command, engine::CommandCallback done) {
  engine::CommandContext context;
  context.command = world_.id("cmd");
  context.client = client;
  world_.engine().submit(std::move(context), std::move(command), std::move(done));
}

void People::act() {
  switch (world_.random.below(8)) {
    case 0:
      return cancel();
    case 1:
      return keep_books();
    case 2:
      if (!letters_.empty()) redrive(letters_[world_.random.below(letters_.size())]);
      return;
    case 3:
    case 4:
      if (!requests_.empty()) send(world_.random.below(requests_.size()));
      return;
    default:
      if (requests_.size() >= payments_max_) return;
      requests_.push_back({.key = fmt::format("k{}", requests_.size()),
                           .pence = 1 + static_cast<std::int64_t>(world_.random.below(100'000))});
      send(requests_.size() - 1);
  }
}

void People::send(std::size_t which) {
  Request& request = requests_[which];
  if (request.under_way) return;
  // Also when it was answered: a client may ask again, and must hear the same.
  engine::CommandContext context;
  context.command = world_.id("cmd");
  context.client = client_;
  context.idempotency = engine::Idempotency{request.key, sha256(as_bytes(request.key))};
  payments::Parties parties{.creditor = {.identification = "20000055779911"},
                            .creditor_name = "ACME Ltd"};
  Result<codec::Sealed<payments::Parties>> sealed = world_.sealer.seal(client_, parties);
  CHECK(sealed.has_value(), "{}", sealed.error().describe());
  const bool confirms = which % 3 == 0;
  request.under_way = true;
  request.receipted = has_receipt(request);
  world_.engine().submit(
      std::move(context),
      // Each try names another payment, as an edge does; the key makes them one.
      payments::CreatePayment{
          .id = world_.id("pay"),
          .amount = {request.pence, kGbp},
          .parties = *std::move(sealed),
          .reference = request.key,
          .client_reference = which % 2 == 0 ? request.key : "",
          .rail = "model",
          .settles_on = confirms ? payments::SettlementBasis::CreditConfirmation
                                 : payments::SettlementBasis::ExecutionIsFinal,
          .expires_at = world_.host.clock().now() + minutes(1 + world_.random.below(20))},
      [this, which](Result<engine::Answered> answer) { heard(which, std::move(answer)); });
}

void People::heard(std::size_t which, Result<engine::Answered> answer) {
  Request& request = requests_[which];
  request.under_way = false;
  if (!answer) {
    if (answer.error().reason == "append_refused" && !request.receipted && has_receipt(request)) {
      contradiction_ = fmt::format("{} was said not to have happened and did", request.key);
    }
    if (!is_for_good(answer.error())) return;
    if (!request.acknowledged.empty()) {
      contradiction_ = fmt::format("{} was acknowledged and then refused: {}", request.key,
                                   answer.error().describe());
    }
    request.refused = answer.error().reason;
    return;
  }
  const Result<payments::Payment> payment = codec::decode<payments::Payment>(answer->body);
  CHECK(payment.has_value(), "{}", payment.error().describe());
  const bool another = !request.acknowledged.empty() && request.acknowledged != payment->id;
  if (another || !request.refused.empty()) {
    contradiction_ = fmt::format("{} is {} after it was {}{}", request.key, payment->id.to_string(),
                                 request.acknowledged.to_string(), request.refused);
  }
  request.acknowledged = payment->id;
}

bool People::has_receipt(const Request& request) {
  const auto found =
      world_.journal.find_receipt(World::kPartition, client_, request.key, Timestamp());
  CHECK(found.has_value(), "{}", found.error().describe());
  return found->has_value();
}

void People::cancel() {
  if (requests_.empty()) return;
  const Request& request = requests_[world_.random.below(requests_.size())];
  if (!request.acknowledged.empty() && world_.random.below(4) == 0) {
    submit(client_, payments::CancelPayment{request.acknowledged});
  }
}

void People::keep_books() {
  if (world_.random.below(4) == 0) {
    for (std::size_t i = 0; i < accounts_.size(); ++i) {
      submit(client_, ledger::OpenAccount{accounts_[i], std::string(kAccountNames[i]),
                                          ledger::AccountType::Asset, kGbp,
                                          i == 2 ? ledger::BalanceLimit::CreditsMustNotExceedDebits
                                                 : ledger::BalanceLimit::None});
    }
    return;
  }
  if (!transfers_.empty() && world_.random.below(3) == 0) {
    const TypeId& transfer = transfers_[world_.random.below(transfers_.size())];
    return submit(client_, ledger::PostTransfer{transfer, std::nullopt});
  }
  ledger::CreateTransfers command;
  command.linked = world_.random.below(2) == 0;
  for (std::uint64_t i = 0; i <= world_.random.below(3); ++i) {
    ledger::NewTransfer transfer{.id = world_.id("trf"),
                                 .debit_account = accounts_[world_.random.below(3)],
                                 .credit_account = accounts_[world_.random.below(3)],
                                 .amount = static_cast<std::int64_t>(world_.random.below(500)),
                                 .currency = kGbp};
    if (world_.random.below(2) == 0) {
      transfer.pending = true;
      transfer.expires_at = world_.host.clock().now() + minutes(1 + world_.random.below(10));
    }
    transfers_.push_back(transfer.id);
    command.transfers.push_back(std::move(transfer));
  }
  submit(client_, std::move(command));
}

void People::observe() {
  const Result<std::vector<journal::Event>> events =
      world_.journal.read(World::kPartition, observed_.next(), {.events_max = 100'000});
  CHECK(events.has_value(), "{}", events.error().describe());
  for (const journal::Event& event : *events) {
    observed_ = event.position;
    ++seen_[event.type];
    if (event.type == payments::PaymentConsentCreated::kType.name) {
      const auto created = codec::decode<payments::PaymentConsentCreated>(event.payload);
      return_from_bank(created->consent.state);
    } else if (event.type == flow::DeadLetterCreated::kType.name) {
      letters_.push_back(event.stream);
    } else if (event.type == payments::PaymentOperatorNeeded::kType.name) {
      stuck_.push_back(event.stream);
    }
  }
}

void People::return_from_bank(const std::string& state) {
  const std::uint64_t mood = world_.random.below(20);
  if (mood == 0) return;  // Never comes back.
  const bool refuses = mood == 1;
  const bool clicks_twice = mood < 5;
  for (int click = 0; click <= (clicks_twice ? 1 : 0); ++click) {
    world_.host.timers().after(milliseconds(world_.random.below(60'000)),
                               [this, state, refuses] { approve(state, refuses, 0); });
  }
}

void People::approve(std::string state, bool refuses, int tries) {
  payments::AuthorisePayment command{.state = state};
  if (refuses) {
    command.refused = payments::Reason{"access_denied", "The payer said no."};
  } else {
    Result<codec::Sealed<payments::AuthorisationCode>> code =
        world_.sealer.seal(client_, payments::AuthorisationCode{"code-" + state, "jwt"});
    CHECK(code.has_value(), "{}", code.error().describe());
    command.code = *std::move(code);
  }
  submit(ClientId(), std::move(command),
         [this, state, refuses, tries](Result<engine::Answered> answer) {
           if (answer || is_for_good(answer.error()) || tries >= kApprovalsMax) return;
           world_.host.timers().after(
               seconds(2), [this, state, refuses, tries] { approve(state, refuses, tries + 1); });
         });
}

void People::webhook(const TypeId& payment, const rails::StatusReport& report) {
  if (world_.random.below(2) == 0) {
    return submit(ClientId(),
                  payments::RecordStatus{payment, report.status, report.raw_status, {}});
  }
  // Or an event that says only that there is something to ask for, as events do more than once.
  const std::uint64_t times = 1 + world_.random.below(3);
  for (std::uint64_t told = 0; told < times; ++told) {
    submit(ClientId(), payments::NoteBankEvent{payment, "event-" + report.raw_status});
  }
}

void People::redrive(const TypeId& letter) {
  submit(ClientId(), flow::RedriveDeadLetter{letter, "the simulated operator"});
}

void People::resolve_by_hand(const TypeId& payment) {
  payments::ResolvePayment word{.id = payment, .evidence = "the bank's own books"};
  for (const auto& [key, order] : world_.rail.orders()) {
    if (order.payment != payment || order.status == terms::PaymentStatus::Rjct) continue;
    if (!order.executed) return;  // Not settled at the bank either: tomorrow.
    word.executed = true;
    word.bank_payment_id = order.bank_payment_id;
  }
  submit(ClientId(), std::move(word));
}

void People::finish_up() {
  observe();
  for (std::size_t i = 0; i < requests_.size(); ++i) {
    if (!requests_[i].answered()) send(i);
  }
  for (const TypeId& letter : letters_) redrive(letter);
  for (const TypeId& payment : stuck_) resolve_by_hand(payment);
}

}  // namespace remit::lab::sim
