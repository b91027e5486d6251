#include "lab/sim/model_rail.h"

#include <fmt/format.h>

#include <algorithm>

namespace remit::lab::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using terms::PaymentStatus;

Error error(ErrorCode code, std::string reason) {
  return {code, std::move(reason), "The simulated bank says so.", {}, nullptr};
}

rails::StatusReport report_of(const Order& order) {
  return {.bank_payment_id = order.bank_payment_id,
          .status = order.status,
          .raw_status = std::string(terms::status_code(order.status))};
}

}  // namespace

template <class Run>
void ModelRail::later(Duration delay, Run run) {
  host_.timers().after(delay, std::move(run));
}

template <class T>
void ModelRail::answer(Duration delay, rails::Callback<T> done, T value) {
  later(delay,
        [this, caller = callers_, done = std::move(done), value = std::move(value)]() mutable {
          if (caller == callers_) done(std::move(value));
        });
}

Duration ModelRail::drawn(Duration most) {
  return Duration(
      static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(most.count()) + 1)));
}

rails::Capabilities ModelRail::capabilities() const {
  return {.name = "model",
          .idempotency_window = std::chrono::hours(24),
          .request_deadline = kRequestDeadline};
}

void ModelRail::authorise(rails::Instruction instruction, std::string idempotency_key,
                          rails::Callback<Result<rails::ConsentCreated>> done) {
  using Answer = Result<rails::ConsentCreated>;
  if (random_.chance(rates_.call_refused)) {
    return answer<Answer>(drawn(seconds(1)), std::move(done),
                          std::unexpected(error(ErrorCode::Unavailable, "connect_failed")));
  }
  if (random_.chance(rates_.answer_lost)) {
    return answer<Answer>(kRequestDeadline, std::move(done),
                          std::unexpected(error(ErrorCode::OutcomeUnknown, "timeout")));
  }
  answer<Answer>(drawn(seconds(2)), std::move(done),
                 rails::ConsentCreated{.consent_id = "consent-" + idempotency_key,
                                       .authorisation_url = "https://bank.example/authorise",
                                       .state = "state-" + instruction.payment.to_string(),
                                       .nonce = "nonce",
                                       .expires_at = host_.clock().now() + std::chrono::hours(1)});
}

void ModelRail::exchange(rails::Landing landing,
                         rails::Callback<Result<rails::Authorisation>> done) {
  using Answer = Result<rails::Authorisation>;
  if (random_.chance(rates_.call_refused)) {
    return answer<Answer>(drawn(seconds(1)), std::move(done),
                          std::unexpected(error(ErrorCode::Unavailable, "connect_failed")));
  }
  if (!codes_used_.insert(landing.consent_id + landing.code).second) {
    return answer<Answer>(drawn(seconds(1)), std::move(done),
                          std::unexpected(error(ErrorCode::PermissionDenied, "code_used")));
  }
  if (random_.chance(rates_.answer_lost)) {
    return answer<Answer>(kRequestDeadline, std::move(done),
                          std::unexpected(error(ErrorCode::OutcomeUnknown, "timeout")));
  }
  answer<Answer>(drawn(seconds(2)), std::move(done),
                 rails::Authorisation{.access_token = "token",
                                      .expires_at = host_.clock().now() + std::chrono::hours(1)});
}

void ModelRail::submit(rails::Submission submission,
                       rails::Callback<rails::SubmissionOutcome> done) {
  using Answer = rails::SubmissionOutcome;
  keys_[submission.instruction.payment].insert(submission.idempotency_key);
  if (random_.chance(rates_.call_refused)) {
    return answer<Answer>(
        drawn(seconds(1)), std::move(done),
        rails::NotSent{error(ErrorCode::Unavailable, "connect_failed"), std::nullopt});
  }
  if (random_.chance(rates_.bank_rejects)) {
    return answer<Answer>(drawn(seconds(2)), std::move(done),
                          rails::Rejected{error(ErrorCode::FailedPrecondition, "refused")});
  }
  if (random_.chance(rates_.request_lost)) {
    return answer<Answer>(kRequestDeadline, std::move(done),
                          rails::Unknown{error(ErrorCode::OutcomeUnknown, "timeout")});
  }
  if (random_.chance(rates_.answer_lost)) {
    answer<Answer>(kRequestDeadline, std::move(done),
                   rails::Unknown{error(ErrorCode::OutcomeUnknown, "timeout")});
    return later(drawn(kRequestDeadline - seconds(1)),
                 [this, submission = std::move(submission)] { arrive(submission); });
  }
  // Whoever dies while the bank is at work hears nothing of it, and the order stands.
  later(drawn(seconds(3)), [this, caller = callers_, submission = std::move(submission),
                            done = std::move(done)]() mutable {
    const Order& order = arrive(submission);
    if (caller == callers_) {
      answer<Answer>(drawn(seconds(2)), std::move(done), rails::Accepted{report_of(order)});
    }
  });
}

Order& ModelRail::arrive(const rails::Submission& submission) {
  const auto [found, is_new] = orders_.try_emplace(submission.idempotency_key);
  Order& order = found->second;
  if (!is_new) return order;
  order = {.payment = submission.instruction.payment,
           .amount = submission.instruction.amount,
           .idempotency_key = submission.idempotency_key,
           .bank_payment_id = fmt::format("bank-{}", orders_.size())};
  later(drawn(seconds(20)), [this, key = order.idempotency_key] { progress(key); });
  return order;
}

void ModelRail::progress(const std::string& key) {
  Order& order = orders_.at(key);
  if (order.status == PaymentStatus::Rcvd) {
    order.status = PaymentStatus::Acsp;
    later(drawn(seconds(60)), [this, key] { progress(key); });
  } else if (random_.chance(rates_.order_rejected)) {
    order.status = PaymentStatus::Rjct;
  } else {
    order.status = PaymentStatus::Acsc;
    order.executed = true;
  }
  tell(order);
}

void ModelRail::tell(const Order& order) {
  if (!listener_ || random_.chance(rates_.status_lost)) return;
  const auto send = [&] {
    later(drawn(seconds(30)), [this, payment = order.payment, report = report_of(order)] {
      listener_(payment, report);
    });
  };
  send();
  if (random_.chance(rates_.status_twice)) send();
}

void ModelRail::resolve(rails::Submission submission,
                        rails::Callback<Result<rails::Resolution>> done) {
  using Answer = Result<rails::Resolution>;
  rails::Resolution found = rails::FoundNotExecuted{"not_found", "The bank has no such order."};
  const auto order = orders_.find(submission.idempotency_key);
  if (random_.chance(rates_.evidence_silent)) {
    found = rails::StillUnknown{"no_answer"};
  } else if (order == orders_.end()) {
    if (host_.clock().now() < submission.sent_before + kRequestDeadline) {
      found = rails::StillUnknown{"not_found_too_early"};
    }
  } else if (order->second.status == PaymentStatus::Rjct) {
    found = rails::FoundNotExecuted{"status_query", "The bank rejected the order."};
  } else {
    found = rails::FoundExecuted{report_of(order->second), "status_query"};
  }
  answer<Answer>(drawn(seconds(2)), std::move(done), std::move(found));
}

void ModelRail::status(std::string bank_payment_id,
                       rails::Callback<Result<rails::StatusReport>> done) {
  using Answer = Result<rails::StatusReport>;
  if (random_.chance(rates_.call_refused)) {
    return answer<Answer>(drawn(seconds(1)), std::move(done),
                          std::unexpected(error(ErrorCode::Unavailable, "connect_failed")));
  }
  const auto order = std::ranges::find_if(
      orders_, [&](const auto& each) { return each.second.bank_payment_id == bank_payment_id; });
  if (order == orders_.end()) {
    return answer<Answer>(drawn(seconds(1)), std::move(done),
                          std::unexpected(error(ErrorCode::NotFound, "order_not_found")));
  }
  rails::StatusReport report = report_of(order->second);
  if (random_.chance(rates_.status_stale)) {
    report.status = PaymentStatus::Rcvd;
    report.raw_status = "RCVD";
  }
  answer<Answer>(drawn(seconds(2)), std::move(done), std::move(report));
}

}  // namespace remit::lab::sim
