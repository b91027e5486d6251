#include "kit/net/router.h"
#include "rails/open_banking_uk/json.h"
#include "rails/open_banking_uk/messages.h"
#include "rails/open_banking_uk/open_banking_uk_rail.h"
#include "rails/open_banking_uk/outcome.h"

#include <fmt/format.h>

/// Step 5 of a payment's life: the order is handed to the bank; and step 6, how far it is.
namespace remit::rails::open_banking_uk {

Capabilities OpenBankingUkRail::capabilities() const {
  const bool replays = !bank_.options().quirks.ignores_idempotency_key;
  return {.name = "open_banking_uk",
          .idempotency_window = replays ? bank_.options().idempotency_window : Duration{0},
          .request_deadline = bank_.options().request_deadline,
          .reads_consent_state = true,
          .reports_credit_settlement = bank_.options().reports_credit_settlement,
          .confirms_funds = bank_.options().confirms_funds,
          .status_poll_interval = bank_.options().status_poll_interval};
}

void OpenBankingUkRail::confirm_funds(std::string consent_id, std::string access_token,
                                      rails::Callback<Result<bool>> done) {
  ApiCall call{.method = "GET",
               .path = "/domestic-payment-consents/" + net::percent_encode(consent_id) +
                       "/funds-confirmation",
               .token = std::move(access_token),
               .idempotency_key = {},
               .body = {}};
  bank_.call(std::move(call), [done = std::move(done)](Result<ApiAnswer> answer) mutable {
    if (!answer) return done(std::unexpected(answer.error()));
    const codec::JsonNode* available =
        answer->status == 200 && !answer->distrust && answer->body
            ? find(*answer->body, {"Data", "FundsAvailableResult", "FundsAvailable"})
            : nullptr;
    if (available == nullptr || available->kind != codec::JsonKind::Bool) {
      return done(fail(ErrorCode::Unavailable, "funds_unconfirmed",
                       answer->distrust ? answer->distrust->message : describe_errors(*answer)));
    }
    done(available->bits != 0);
  });
}

void OpenBankingUkRail::submit(Submission submission, rails::Callback<SubmissionOutcome> done) {
  ApiCall call{.method = "POST",
               .path = "/domestic-payments",
               .token = submission.access_token,
               .idempotency_key = submission.idempotency_key,
               .body = order_body(submission, bank_.options())};
  bank_.call(std::move(call), [this, submission = std::move(submission),
                               done = std::move(done)](Result<ApiAnswer> answer) mutable {
    done(outcome_of(answer, submission, bank_.options().quirks));
  });
}

SubmissionOutcome outcome_of(const Result<ApiAnswer>& answer, const Submission& submission,
                             const Quirks& quirks) {
  if (!answer) {
    if (answer.error().code == ErrorCode::Unavailable) return NotSent{answer.error(), std::nullopt};
    return Unknown{answer.error()};
  }
  const auto because = [&](ErrorCode code, std::string reason) {
    return Error{code, std::move(reason), describe_errors(*answer), {}, nullptr};
  };
  if (answer->distrust) return Unknown{*answer->distrust};
  const int status = answer->status;
  if (status == 200 || status == 201) {
    if (!answer->body) return Unknown{because(ErrorCode::OutcomeUnknown, "answer_unreadable")};
    Result<StatusReport> report = read_order(*answer->body, quirks);
    if (!report) return Unknown{report.error()};
    if (id_text(*answer->body, {"Data", "ConsentId"}) != submission.consent_id) {
      return Unknown{because(ErrorCode::OutcomeUnknown, "answer_of_another")};
    }
    if (!agrees(*answer->body, submission.instruction)) {
      return Unknown{because(ErrorCode::OutcomeUnknown, "answer_differs")};
    }
    return Accepted{std::move(*report)};
  }
  if (status == 429) {
    return NotSent{because(ErrorCode::Unavailable, "bank_throttles"), answer->retry_after, true};
  }
  // These say that something stands in the way of this order, and that may be the order itself, taken before.
  const bool perhaps_taken = status == 409 ||
                             has_error(*answer, "U009", "Resource.InvalidConsentStatus") ||
                             has_error(*answer, "U013", "Rules.DuplicateReference") ||
                             has_error(*answer, "U029", "Rules.ResourceAlreadyExists");
  // A gateway in between may answer for a bank that has long taken the order: only the bank's own words refuse it. A token is
  // checked before anything else is done, and 401 may come without a body (Read/Write API, status codes).
  const bool banks_word = status == 401 || has_any_error(*answer);
  if (status >= 500 || status == 408 || status < 400 || perhaps_taken || !banks_word) {
    return Unknown{because(ErrorCode::OutcomeUnknown, "bank_failed")};
  }
  // Tokens end, and signatures and cut-off times are judged by the bank's clock: all between one copy and the next.
  return Rejected{because(ErrorCode::FailedPrecondition,
                          status == 401 ? "authorisation_expired" : "bank_refused"),
                  status == 401 || has_error_of_its_moment(*answer)};
}

void OpenBankingUkRail::status(std::string bank_payment_id,
                               rails::Callback<Result<StatusReport>> done) {
  bank_.call_as_client(
      {.method = "GET",
       .path = "/domestic-payments/" + net::percent_encode(bank_payment_id),
       .token = {},
       .idempotency_key = {},
       .body = {}},
      [this, done = std::move(done), bank_payment_id](Result<ApiAnswer> answer) mutable {
        if (!answer) return done(std::unexpected(answer.error()));
        if (answer->distrust) return done(std::unexpected(*answer->distrust));
        if (answer->status != 200 || !answer->body) {
          return done(fail(ErrorCode::Unavailable, "status_unavailable", describe_errors(*answer)));
        }
        Result<StatusReport> report = read_order(*answer->body, bank_.options().quirks);
        if (report && report->bank_payment_id != bank_payment_id) {
          return done(fail(ErrorCode::Unavailable, "status_of_another",
                           fmt::format("The bank answered for {} instead of {}.",
                                       report->bank_payment_id, bank_payment_id)));
        }
        done(std::move(report));
      });
}

}  // namespace remit::rails::open_banking_uk
