#include "pay/payments/invariants.h"

#include "kit/engine/invariants.h"
#include "pay/ledger/invariants.h"
#include "pay/payers/payer.h"
#include "pay/payments/events.h"

#include <fmt/format.h>

#include <array>
#include <initializer_list>
#include <unordered_map>
#include <unordered_set>

namespace remit::payments {
namespace {

using journal::NewEvent;
using journal::StoredCommit;
using journal::Violation;
using enum PaymentState;

Violation wrong(const StoredCommit& stored, const NewEvent& event, std::string_view why) {
  return fmt::format("{} of {} in commit {}: {}", event.type, event.stream.to_string(),
                     stored.commit.sequence.value, why);
}

template <class V>
bool is(const NewEvent& event) {
  return event.type == V::kType.name;
}

/// From which states a payment may come by an event, as bits, and where it then is.
struct Step {
  std::string_view event;
  unsigned from;
  PaymentState to;
};

constexpr unsigned bit(PaymentState state) {
  return 1U << static_cast<unsigned>(state);
}
template <class... State>
constexpr unsigned any(State... states) {
  return (bit(states) | ...);
}
constexpr unsigned kUnsubmitted =
    any(Created, AwaitingAuthorisation, AuthorisationReceived, Authorised);

constexpr std::array kSteps = {
    Step{PaymentConsentCreated::kType.name, any(Created), AwaitingAuthorisation},
    Step{PaymentAuthorisationReceived::kType.name, any(AwaitingAuthorisation),
         AuthorisationReceived},
    Step{PaymentAuthorised::kType.name, any(AuthorisationReceived), Authorised},
    Step{PaymentSubmissionStarted::kType.name, any(Authorised, Submitting), Submitting},
    Step{PaymentNotSent::kType.name, any(Submitting), Submitting},
    Step{PaymentOutcomeUnknown::kType.name, any(Submitting), OutcomeUnknown},
    Step{PaymentSubmitted::kType.name, any(Submitting, OutcomeUnknown), Submitted},
    Step{PaymentExecuted::kType.name, any(Submitted), Executed},
    Step{PaymentSettled::kType.name, any(Executed), Settled},
    Step{PaymentRejected::kType.name, kUnsubmitted | any(Submitting, OutcomeUnknown, Submitted),
         Rejected},
    Step{PaymentCancelled::kType.name, kUnsubmitted, Cancelled},
    Step{PaymentExpired::kType.name, kUnsubmitted, Expired},
};

const Step* step_of(const NewEvent& event) {
  for (const Step& step : kSteps) {
    if (step.event == event.type) return &step;
  }
  return nullptr;
}

class PaymentsTakeListedSteps final : public journal::Invariant {
 public:
  std::string_view name() const override { return "payments take listed steps"; }

  Violation look(const StoredCommit& stored) override {
    for (const NewEvent& event : stored.commit.events) {
      if (event.stream.prefix() != Payment::kPrefix) continue;
      const auto [found, is_new] = states_.try_emplace(event.stream, Created);
      if (is_new != is<PaymentCreated>(event)) {
        return wrong(stored, event, is_new ? "it does not exist" : "it exists already");
      }
      const Step* step = step_of(event);
      if (step == nullptr) continue;
      if ((step->from & bit(found->second)) == 0) {
        return wrong(stored, event, fmt::format("it was {}", codec::to_json(found->second)));
      }
      found->second = step->to;
      ++steps_;
    }
    return std::nullopt;
  }

  std::string seen() const override {
    return fmt::format("{} payments, {} steps", states_.size(), steps_);
  }

 private:
  std::unordered_map<TypeId, PaymentState> states_;
  std::uint64_t steps_ = 0;
};

class PaymentsHaveOneKey final : public journal::Invariant {
 public:
  std::string_view name() const override { return "payments have one key"; }

  Violation look(const StoredCommit& stored) override {
    for (const NewEvent& event : stored.commit.events) {
      if (!is<PaymentSubmissionStarted>(event)) continue;
      const auto started = codec::decode<PaymentSubmissionStarted>(event.payload);
      if (!started) return wrong(stored, event, started.error().describe());
      ++hand_overs_;
      const auto first = keys_.try_emplace(event.stream, started->idempotency_key).first;
      if (first->second != started->idempotency_key) {
        return wrong(stored, event,
                     fmt::format("attempt {} has the key {} after {}", started->attempt,
                                 started->idempotency_key, first->second));
      }
      const auto owner = payments_.try_emplace(started->idempotency_key, event.stream).first;
      if (owner->second != event.stream) {
        return wrong(stored, event,
                     fmt::format("its key is that of {}", owner->second.to_string()));
      }
    }
    return std::nullopt;
  }

  std::string seen() const override {
    return fmt::format("{} payments, {} hand-overs", keys_.size(), hand_overs_);
  }

 private:
  std::unordered_map<TypeId, std::string> keys_;
  std::unordered_map<std::string, TypeId> payments_;
  std::uint64_t hand_overs_ = 0;
};

class StatusesNeverFall final : public journal::Invariant {
 public:
  std::string_view name() const override { return "statuses of the bank never fall"; }

  Violation look(const StoredCommit& stored) override {
    for (const NewEvent& event : stored.commit.events) {
      if (!is<PaymentStatusReported>(event)) continue;
      const auto report = codec::decode<PaymentStatusReported>(event.payload);
      if (!report) return wrong(stored, event, report.error().describe());
      ++reports_;
      const auto [last, is_new] = last_.try_emplace(event.stream, report->status);
      if (!is_new && terms::rank(report->status) <= terms::rank(last->second)) {
        return wrong(stored, event,
                     fmt::format("{} replaces {}", terms::status_code(report->status),
                                 terms::status_code(last->second)));
      }
      last->second = report->status;
    }
    return std::nullopt;
  }

  std::string seen() const override { return fmt::format("{} reports", reports_); }

 private:
  std::unordered_map<TypeId, terms::PaymentStatus> last_;
  std::uint64_t reports_ = 0;
};

class RefundsStayWithinPayments final : public journal::Invariant {
 public:
  std::string_view name() const override { return "refunds stay within payments"; }

  Violation look(const StoredCommit& stored) override {
    for (const NewEvent& event : stored.commit.events) {
      std::string why;
      if (is<PaymentCreated>(event)) {
        why = created(event);
      } else if (is<PaymentRefundStarted>(event)) {
        why = started(event);
      } else if (is<PaymentRefundEnded>(event)) {
        why = ended(event);
      }
      if (!why.empty()) return wrong(stored, event, why);
    }
    return std::nullopt;
  }

  std::string seen() const override { return fmt::format("{} refunds", refunds_); }

 private:
  struct Open {
    TypeId payment;
    std::int64_t amount = 0;
  };

  std::string created(const NewEvent& event) {
    const auto payment = codec::decode<PaymentCreated>(event.payload);
    if (!payment) return payment.error().describe();
    left_[event.stream] = payment->amount.amount;
    return {};
  }

  std::string started(const NewEvent& event) {
    const auto refund = codec::decode<PaymentRefundStarted>(event.payload);
    if (!refund) return refund.error().describe();
    ++refunds_;
    std::int64_t& left = left_[event.stream];
    if (refund->amount <= 0 || refund->amount > left) {
      return fmt::format("{} are paid back where {} are left", refund->amount, left);
    }
    left -= refund->amount;
    const bool is_new =
        open_.try_emplace(refund->refund, Open{event.stream, refund->amount}).second;
    return is_new ? "" : fmt::format("{} pays back twice", refund->refund.to_string());
  }

  std::string ended(const NewEvent& event) {
    const auto end = codec::decode<PaymentRefundEnded>(event.payload);
    if (!end) return end.error().describe();
    const auto found = open_.find(end->refund);
    if (found == open_.end()) return fmt::format("{} is not open", end->refund.to_string());
    if (found->second.payment != event.stream || found->second.amount != end->amount) {
      return fmt::format("{} ends as another one than was started", end->refund.to_string());
    }
    if (!end->executed) left_[event.stream] += end->amount;
    open_.erase(found);
    return {};
  }

  std::unordered_map<TypeId, std::int64_t> left_;
  std::unordered_map<TypeId, Open> open_;
  std::uint64_t refunds_ = 0;
};

class ErasedPayersRest final : public journal::Invariant {
 public:
  std::string_view name() const override { return "erased payers rest"; }

  Violation look(const StoredCommit& stored) override {
    for (const NewEvent& event : stored.commit.events) {
      std::string why;
      if (is<PaymentCreated>(event)) {
        why = created(event);
      } else if (is<PaymentAuthorisationReceived>(event)) {
        why = sealed<PaymentAuthorisationReceived>(event, {&code_of});
      } else if (is<PaymentAuthorised>(event)) {
        why = sealed<PaymentAuthorised>(event, {&access_token_of, &refresh_token_of});
      } else if (is<PaymentTokenRefreshed>(event)) {
        why = sealed<PaymentTokenRefreshed>(event, {&access_token_of, &refresh_token_of});
      } else if (is<PaymentRefundPartyTold>(event)) {
        why = sealed<PaymentRefundPartyTold>(event, {&party_of});
      } else if (is<PaymentSettled>(event) || is<PaymentRejected>(event) ||
                 is<PaymentCancelled>(event) || is<PaymentExpired>(event)) {
        ended(event.stream);
      } else if (is<payers::PayerErased>(event)) {
        why = erased(event);
      }
      if (!why.empty()) return wrong(stored, event, why);
    }
    return std::nullopt;
  }

  std::string seen() const override {
    return fmt::format("{} payers, {} of them erased", open_.size(), erased_.size());
  }

 private:
  using Box = std::optional<codec::SealedBox>;
  static const Box& code_of(const PaymentAuthorisationReceived& event) { return event.code.box(); }
  template <class E>
  static const Box& access_token_of(const E& event) {
    return event.access_token.box();
  }
  template <class E>
  static const Box& refresh_token_of(const E& event) {
    return event.refresh_token.box();
  }
  static const Box& party_of(const PaymentRefundPartyTold& event) { return event.party.box(); }

  std::string created(const NewEvent& event) {
    const auto payment = codec::decode<PaymentCreated>(event.payload);
    if (!payment) return payment.error().describe();
    // Of before there were payers: sealed for the client.
    if (payment->payer.empty()) return {};
    payer_of_[event.stream] = payment->payer;
    ++open_[payment->payer];
    if (erased_.contains(payment->payer)) {
      return fmt::format("{} was erased before", payment->payer.to_string());
    }
    return foreign(event.stream, payment->parties.box());
  }

  template <class E>
  std::string sealed(const NewEvent& event, std::initializer_list<const Box& (*)(const E&)> boxes) {
    if (!payer_of_.contains(event.stream)) return {};
    const auto decoded = codec::decode<E>(event.payload);
    if (!decoded) return decoded.error().describe();
    for (const auto box_of : boxes) {
      if (std::string why = foreign(event.stream, box_of(*decoded)); !why.empty()) return why;
    }
    return {};
  }

  std::string foreign(const TypeId& payment, const Box& box) const {
    const TypeId& payer = payer_of_.at(payment);
    if (!box || box->owner == payer) return {};
    return fmt::format("something is sealed for {} and not for {}", box->owner.to_string(),
                       payer.to_string());
  }

  void ended(const TypeId& payment) {
    const auto payer = payer_of_.find(payment);
    if (payer != payer_of_.end()) --open_[payer->second];
  }

  std::string erased(const NewEvent& event) {
    erased_.insert(event.stream);
    const std::int64_t open = open_[event.stream];
    return open == 0 ? "" : fmt::format("{} of its payments are open", open);
  }

  std::unordered_map<TypeId, TypeId> payer_of_;  ///< By payment.
  std::unordered_map<TypeId, std::int64_t> open_;
  std::unordered_set<TypeId> erased_;
};

}  // namespace

std::unique_ptr<journal::Invariant> payments_take_listed_steps() {
  return std::make_unique<PaymentsTakeListedSteps>();
}
std::unique_ptr<journal::Invariant> payments_have_one_key() {
  return std::make_unique<PaymentsHaveOneKey>();
}
std::unique_ptr<journal::Invariant> statuses_never_fall() {
  return std::make_unique<StatusesNeverFall>();
}
std::unique_ptr<journal::Invariant> refunds_stay_within_payments() {
  return std::make_unique<RefundsStayWithinPayments>();
}
std::unique_ptr<journal::Invariant> erased_payers_rest() {
  return std::make_unique<ErasedPayersRest>();
}

std::vector<std::unique_ptr<journal::Invariant>> client_invariants() {
  auto all = engine::partition_invariants();
  all.push_back(ledger::transfers_end_once());
  all.push_back(ledger::limits_hold());
  all.push_back(payments_take_listed_steps());
  all.push_back(payments_have_one_key());
  all.push_back(statuses_never_fall());
  all.push_back(refunds_stay_within_payments());
  all.push_back(erased_payers_rest());
  return all;
}

}  // namespace remit::payments
