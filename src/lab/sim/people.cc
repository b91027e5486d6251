#include "lab/sim/people.h"

#include "kit/flow/commands.h"
#include "lab/bank/url.h"
#include "lab/sim/invariants.h"
#include "pay/ledger/transfer.h"
#include "pay/payers/payer.h"
#include "pay/payments/commands.h"
#include "pay/webhooks/signature.h"

#include <fmt/format.h>

#include <array>

namespace remit::lab::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::array kAccountNames{"treasury", "fees", "reserve"};
constexpr int kTriesMax = 20;
/// By which the journal tells a person's word from what flows find out.
constexpr std::string_view kEvidenceOfPerson = "the bank's own books";

const Currency kGbp = Currency::of("GBP");

Result<TypeId> payment_in(const Result<engine::Answered>& answer) {
  if (!answer) return std::unexpected(answer.error());
  const Result<payments::Payment> payment = codec::decode<payments::Payment>(answer->body);
  CHECK(payment.has_value(), "{}", payment.error().describe());
  return payment->id;
}

}  // namespace

People::People(World& world, std::size_t payments_max)
    : world_(world),
      payments_max_(payments_max),
      browser_(world.network.connect("payer", world.host, "")),
      endpoint_secret_(
          webhooks::make_secret(webhooks::SignatureScheme::HmacSha256, world.entropy)) {
  for (const std::string_view name : kAccountNames) {
    accounts_.push_back(ledger::account_id(client_, name, kGbp));
  }
  world_.receiver.trust(endpoint_secret_);
}

/// Empty for who was erased, as at the edge.
template <class T>
codec::Sealed<T> People::sealed_for(const TypeId& payer, const T& value) {
  auto sealed = payers::sealed_for(payer, value, world_.sealer);
  CHECK(sealed.has_value(), "{}", sealed.error().describe());
  return *std::move(sealed);
}

template <engine::Command C>
void People::submit(const ClientId& client, C command, engine::CommandCallback done) {
  engine::CommandContext context;
  context.command = world_.id("cmd");
  context.client = client;
  submit(world_.engine_reached(), std::move(context), std::move(command), std::move(done));
}

template <engine::Command C>
void People::submit(engine::Engine& reached, engine::CommandContext context, C command,
                    engine::CommandCallback done) {
  const TypeId id = context.command;
  reached.submit(std::move(context), std::move(command),
                 [this, id, done = std::move(done)](Result<engine::Answered> answer) mutable {
                   if (!answer && answer.error().code != ErrorCode::OutcomeUnknown) {
                     refused_.insert(id);
                   }
                   done(std::move(answer));
                 });
}

void People::act() {
  if (endpoint_.empty()) open_endpoint();
  switch (world_.random.below(10)) {
    case 0:
      return cancel();
    case 1:
      return keep_books();
    case 2:
      // Not at once: meanwhile others wait behind it.
      if (letters_.empty() || world_.random.below(4) != 0) return;
      return redrive(letters_[world_.random.below(letters_.size())]);
    case 3:
    case 4:
      if (!requests_.empty()) send(world_.random.below(requests_.size()));
      return;
    case 5:
      return ask_for_refund();
    case 6:
      return forget_somebody();
    default:
      if (requests_.size() >= payments_max_) return;
      requests_.push_back({.key = fmt::format("k{}", requests_.size()),
                           .pence = 1 + static_cast<std::int64_t>(world_.random.below(100'000)),
                           .sent_behind = world_.crashes()});
      if (!payers_.empty() && world_.random.below(3) == 0) {
        requests_.back().payer = payers_[world_.random.below(payers_.size())];
      }
      send(requests_.size() - 1);
  }
}

void People::open_endpoint() {
  if (std::exchange(endpoint_under_way_, true)) return;
  auto secret = world_.sealer.seal(client_, endpoint_secret_);
  CHECK(secret.has_value(), "{}", secret.error().describe());
  engine::CommandContext context;
  context.command = world_.id("cmd");
  context.client = client_;
  context.idempotency = engine::Idempotency{"endpoint", sha256(as_bytes("endpoint"))};
  // Named first: which engine is reached is drawn, as ids are, and arguments have no order.
  engine::Engine& reached = world_.engine_reached();
  submit(
      reached, std::move(context),
      webhooks::CreateEndpoint{.id = world_.id("whe"),
                               .settings = {.url = fmt::format("https://{}/hook", kReceiverHost)},
                               .key = {.id = world_.id("whk"), .secret = *std::move(secret)}},
      [this](Result<engine::Answered> answer) {
        endpoint_under_way_ = false;
        if (!answer) return;
        const auto made = codec::decode<webhooks::WebhookEndpoint>(answer->body);
        CHECK(made.has_value(), "{}", made.error().describe());
        endpoint_ = made->id;
      });
}

engine::CommandContext People::context_of(const Request& request) {
  engine::CommandContext context;
  context.command = world_.id("cmd");
  context.client = client_;
  context.idempotency = engine::Idempotency{request.key, sha256(as_bytes(request.key))};
  return context;
}

payments::CreatePayment People::payment_of(const Request& request) {
  const std::size_t which = &request - requests_.data();
  const bool confirms = which % 3 == 0;
  // Each try names another payment, as an edge does; the key makes them one.
  return {.id = world_.id("pay"),
          .amount = {request.pence, kGbp},
          .reference = request.key,
          .client_reference = which % 2 == 0 ? request.key : "",
          .rail = "model",
          .settles_on = confirms ? payments::SettlementBasis::CreditConfirmation
                                 : payments::SettlementBasis::ExecutionIsFinal,
          .expires_at = world_.host.clock().now() + minutes(1 + world_.random.below(20))};
}

void People::send(std::size_t which) {
  Request& request = requests_[which];
  if (request.under_way) return;
  // Also when it was answered: a client may ask again, and must hear the same.
  if (!request.refund_of.empty()) return send_refund(which);
  payments::CreatePayment command = payment_of(request);
  command.payer = payer_of(request);
  command.parties =
      sealed_for(command.payer, payments::Parties{.creditor = {.identification = "20000055779911"},
                                                  .creditor_name = "ACME Ltd"});
  request.under_way = true;
  request.receipted = find_receipt(request);
  engine::Engine& reached = world_.engine_reached();
  submit(reached, context_of(request), std::move(command),
         [this, which](Result<engine::Answered> answer) { heard(which, std::move(answer)); });
}

TypeId People::payer_of(const Request& request) {
  if (!request.payer.empty()) return request.payer;
  const auto made = world_.sealer.make_owner(payers::Payer::kPrefix, client_);
  CHECK(made.has_value(), "{}", made.error().describe());
  return *made;
}

void People::forget_somebody() {
  if (payers_.empty() || world_.random.below(3) != 0) return;
  submit(client_, payers::ErasePayer{payers_[world_.random.below(payers_.size())]});
}

void People::ask_for_refund() {
  if (refundable_.empty() || requests_.size() >= payments_max_ + payments_max_ / 2) return;
  auto chosen = refundable_.begin();
  std::advance(chosen, static_cast<std::ptrdiff_t>(world_.random.below(refundable_.size())));
  requests_.push_back({.key = fmt::format("k{}", requests_.size()),
                       .refund_of = *chosen,
                       .sent_behind = world_.crashes()});
  requests_.back().pence = 1 + static_cast<std::int64_t>(world_.random.below(1000));
  send(requests_.size() - 1);
}

void People::send_refund(std::size_t which) {
  Request& request = requests_[which];
  request.under_way = true;
  request.receipted = find_receipt(request);
  engine::Engine& reached = world_.engine_reached();
  auto original = std::make_shared<payments::Payment>();
  // As the endpoint does: who is paid back is known to the payment alone.
  reached.query(
      [original, id = request.refund_of](engine::ReadView& view) {
        if (const auto* payment = view.find<payments::Payment>(id)) *original = *payment;
      },
      [this, which, original, &reached](Result<engine::Position> position) {
        if (!position) return heard(which, std::unexpected(std::move(position).error()));
        payments::CreateRefund command{.payment = requests_[which].refund_of,
                                       .amount = requests_[which].pence,
                                       .refund = payment_of(requests_[which])};
        if (!original->refund_party.empty()) {
          const auto party = world_.sealer.open(original->refund_party);
          CHECK(party || party.error().reason == "erased", "{}", party.error().describe());
          if (party) {
            command.refund.parties = sealed_for(
                original->payer,
                payments::Parties{.creditor = party->account, .creditor_name = party->name});
          }
        }
        submit(reached, context_of(requests_[which]), std::move(command),
               [this, which](Result<engine::Answered> answer) { heard(which, std::move(answer)); });
      });
}

void People::heard(std::size_t which, Result<engine::Answered> answer) {
  Request& request = requests_[which];
  request.under_way = false;
  if (answer && answer->replayed && !request.answered() && world_.crashes() > request.sent_behind) {
    world_.sometimes.mark(Rare::ReceiptAfterCrash);
  }
  const Result<TypeId> payment = payment_in(answer);
  const bool has_receipt = !payment && payment.error().reason == "append_refused" &&
                           !request.receipted && find_receipt(request);
  const Violation untrue = answers_stay_true(request, payment, has_receipt);
  if (untrue && !contradiction_) contradiction_ = untrue;
  if (payment) {
    request.acknowledged = *payment;
  } else if (is_for_good(payment.error())) {
    request.refused = payment.error().reason;
  }
}

bool People::find_receipt(const Request& request) {
  const auto found =
      world_.disks->journal().find_receipt(World::kPartition, client_, request.key, Timestamp());
  // Where the disk does not give it, nobody knows.
  return found && found->has_value();
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
      world_.disks->journal().read(World::kPartition, observed_.next(), {.events_max = 100'000});
  CHECK(events.has_value(), "{}", events.error().describe());
  for (const journal::Event& event : *events) {
    observed_ = event.position;
    ++seen_[event.type];
    done_.insert(event.cause.command);
    note(event);
    note_rare(event);
  }
}

void People::note(const journal::Event& event) {
  if (event.type == payments::PaymentCreated::kType.name) {
    payers_.push_back(codec::decode<payments::PaymentCreated>(event.payload)->payer);
    payer_of_[event.stream] = payers_.back();
  } else if (event.type == payments::PaymentConsentCreated::kType.name) {
    const auto created = codec::decode<payments::PaymentConsentCreated>(event.payload);
    payer_waited_for_[created->consent.state] = payer_of_[event.stream];
    if (world_.random.below(20) == 0) return;  // Never goes there.
    world_.host.timers().after(
        milliseconds(world_.random.below(30'000)),
        [this, payment = event.stream, url = created->consent.authorisation_url] {
          go_to_bank(payment, url);
        });
  } else if (event.type == flow::DeadLetterCreated::kType.name) {
    const auto created = codec::decode<flow::DeadLetterCreated>(event.payload);
    letters_.push_back(event.stream);
    letter_keys_[event.stream] = created->flow + created->key.to_string();
    if (created->policy == flow::AfterDeadLetter::Skip) given_up_.insert(created->key.to_string());
  } else if (event.type == payments::PaymentOperatorNeeded::kType.name) {
    stuck_.insert(event.stream);
  } else if (event.type == payments::PaymentRefundPartyTold::kType.name) {
    refundable_.insert(event.stream);
  }
}

void People::note_rare(const journal::Event& event) {
  Sometimes& sometimes = world_.sometimes;
  if (event.type == payments::PaymentOutcomeUnknown::kType.name) {
    const auto unknown = codec::decode<payments::PaymentOutcomeUnknown>(event.payload);
    unknown_since_[event.stream] = unknown->reason.code;
    if (unknown->reason.code == "interrupted") sometimes.mark(Rare::CrashDuringHandOver);
  } else if (event.type == payments::PaymentSubmitted::kType.name) {
    if (unknown_since_.erase(event.stream) > 0) {
      const auto submitted = codec::decode<payments::PaymentSubmitted>(event.payload);
      sometimes.mark(submitted->evidence == kEvidenceOfPerson ? Rare::UnknownResolvedByHand
                                                              : Rare::UnknownFoundExecuted);
    }
  } else if (event.type == payments::PaymentRejected::kType.name) {
    if (unknown_since_.erase(event.stream) > 0) {
      const auto rejected = codec::decode<payments::PaymentRejected>(event.payload);
      sometimes.mark(rejected->reason.code == "resolved_not_executed"
                         ? Rare::UnknownResolvedByHand
                         : Rare::UnknownFoundNotExecuted);
    }
  } else if (event.type == payments::PaymentTokenRefreshed::kType.name) {
    sometimes.mark(Rare::TokenRefreshed);
  } else if (event.type == payments::PaymentRefundEnded::kType.name) {
    const auto ended = codec::decode<payments::PaymentRefundEnded>(event.payload);
    sometimes.mark(ended->executed ? Rare::RefundExecuted : Rare::RefundFailed);
  } else if (event.type == payers::PayerErased::kType.name) {
    sometimes.mark(Rare::PayerErased);
  } else if (event.type == payments::PaymentCancelled::kType.name) {
    sometimes.mark(Rare::PaymentCancelled);
  } else if (event.type == payments::PaymentExpired::kType.name) {
    sometimes.mark(Rare::PaymentExpired);
  } else if (event.type == flow::RecordParked::kType.name) {
    const auto parked = codec::decode<flow::RecordParked>(event.payload);
    parked_.insert(parked->flow + parked->key.to_string());
  } else if (event.type == flow::DeadLetterRedriven::kType.name) {
    if (parked_.contains(letter_keys_[event.stream])) sometimes.mark(Rare::RedriveBehindHeldKey);
  } else if (event.type == flow::LaneCleared::kType.name) {
    const auto cleared = codec::decode<flow::LaneCleared>(event.payload);
    parked_.erase(cleared->flow + cleared->key.to_string());
  }
}

void People::go_to_bank(const TypeId& payment, const std::string& url) {
  browser_->send({.method = "GET", .url = url}, [this, payment,
                                                 url](Result<net::HttpResponse> answer) {
    const auto location =
        answer ? answer->headers.find("Location") : std::optional<std::string_view>();
    if (!location) {
      // The page does not come up, or is a gateway's: a payer tries again for a while.
      if (++tries_at_bank_[payment] >= kTriesMax) return;
      world_.host.timers().after(seconds(3), [this, payment, url] { go_to_bank(payment, url); });
      return;
    }
    const std::size_t clicks = world_.random.below(8) == 0 ? 2 : 1;
    for (std::size_t click = 0; click < clicks; ++click) come_back(*location);
  });
}

/// The landing page's script hands over what stands in the fragment.
void People::come_back(std::string_view location) {
  const auto fragment = bank::Form::parse(location.substr(location.find('#') + 1));
  CHECK(fragment.has_value(), "the bank sends payers to {}", location);
  const std::string state = fragment->find("state").value_or("");
  const std::string code = fragment->find("code").value_or("");
  const std::string id_token = fragment->find("id_token").value_or("");
  world_.host.timers().after(milliseconds(world_.random.below(20'000)),
                             [this, state, code, id_token] { approve(state, code, id_token, 0); });
}

void People::approve(std::string state, std::string code, std::string id_token, int tries) {
  payments::AuthorisePayment command{.state = state};
  if (code.empty()) {
    command.refused = payments::Reason{"access_denied", "The payer said no."};
  } else {
    command.code =
        sealed_for(payer_waited_for_[state], payments::AuthorisationCode{code, id_token});
  }
  submit(ClientId(), std::move(command),
         [this, state, code, id_token, tries](Result<engine::Answered> answer) {
           if (answer || is_for_good(answer.error()) || tries >= kTriesMax) return;
           world_.host.timers().after(seconds(2), [this, state, code, id_token, tries] {
             approve(state, code, id_token, tries + 1);
           });
         });
}

void People::redrive(const TypeId& letter) {
  submit(ClientId(), flow::RedriveDeadLetter{letter, "the simulated operator"});
}

void People::resolve_by_hand(const TypeId& payment) {
  auto found = std::make_shared<payments::Payment>();
  world_.engine().query(
      [found, payment](engine::ReadView& view) {
        if (const auto* stored = view.find<payments::Payment>(payment)) *found = *stored;
      },
      [this, found](Result<engine::Position> position) {
        if (!position || found->state != payments::PaymentState::OutcomeUnknown) return;
        payments::ResolvePayment word{.id = found->id, .evidence = std::string(kEvidenceOfPerson)};
        for (const Order& order : world_.bank.orders()) {
          if (order.end_to_end_id != found->end_to_end_id || order.rejected) continue;
          if (order.executions == 0) return;  // Not settled at the bank either: tomorrow.
          word.executed = true;
          word.bank_payment_id = order.bank_payment_id;
        }
        submit(ClientId(), std::move(word));
      });
}

void People::finish_up() {
  observe();
  if (endpoint_.empty()) open_endpoint();
  for (std::size_t i = 0; i < requests_.size(); ++i) {
    if (!requests_[i].answered()) send(i);
  }
  for (const TypeId& letter : letters_) redrive(letter);
  for (const TypeId& payment : stuck_) resolve_by_hand(payment);
}

}  // namespace remit::lab::sim
