#pragma once

#include "kit/base/money.h"
#include "kit/base/result.h"
#include "kit/base/time.h"
#include "kit/base/type_id.h"
#include "terms/account.h"
#include "terms/payment_status.h"

#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace remit::rails {

/// What a payment asks of a bank. The same content goes into the consent and into the submission.
struct Instruction {
  TypeId payment;
  Money amount;
  terms::Account creditor;
  std::string creditor_name;  ///< At most 70 characters.
  std::string reference;      ///< At most 18 characters on Faster Payments.
  std::string
      instruction_id;  ///< InstructionIdentification, at most 35 characters, unique for ever.
  std::string
      end_to_end_id;  ///< EndToEndIdentification, at most 31 characters carried by Faster Payments.
  std::optional<terms::Account> debtor;
};

/// The payer's permission as the bank holds it, and where to send the payer.
struct ConsentCreated {
  std::string consent_id;
  std::string authorisation_url;
  std::string state;  ///< The OAuth `state` that comes back; finds the payment again.
  std::string nonce;  ///< Expected in the id_token.
  Timestamp expires_at;
};

/// What the payer brought back to the landing page.
struct Landing {
  std::string consent_id;
  std::string nonce;
  std::string state;
  std::string code;
  std::string id_token;
};

/// A token bound to one payer and one consent.
struct Authorisation {
  std::string access_token;  ///< Secret: sealed wherever it is kept.
  Timestamp expires_at;
  std::string refresh_token;  ///< As secret; empty where the bank gives none.
};

/// One attempt to hand a payment over. Both ids are journalled before the call, so that a resend is the same attempt.
struct Submission {
  Instruction instruction;
  std::string consent_id;
  std::string access_token;
  std::string idempotency_key;  ///< At most 40 characters (Read/Write API, headers).
  Timestamp first_sent_at;      ///< Bounds the bank's idempotency window.
  /// No hand-over was made later: "not found" proves nothing until `request_deadline` has passed since.
  Timestamp sent_before;
  bool refused = false;  ///< The bank refused a delivery of it: sending it again is of no use.
};

/// The payer's account as the bank tells it for refunds, and whose it is.
struct RefundAccount {
  terms::Account account;
  std::string name;  ///< At most 70 characters; empty when the bank gives none.
  bool operator==(const RefundAccount&) const = default;
};

/// What a bank says of a payment order.
struct StatusReport {
  std::string bank_payment_id;
  terms::PaymentStatus status = terms::PaymentStatus::Rcvd;
  std::string raw_status;   ///< As the bank wrote it.
  std::string reason_code;  ///< StatusReasonCode or FPS code; empty when the bank gives none.
  std::string reason;
  /// Personal data: sealed wherever it is kept. Absent when the bank was not asked for it, does not tell it, or names an
  /// account that cannot be paid.
  std::optional<RefundAccount> refund_account;
};

/// How a submission ended, as far as this call can tell.
struct Accepted {
  StatusReport report;
};
/// The bank refused this delivery; it was certainly not executed.
struct Rejected {
  Error error;
  /// For what holds of this delivery alone, such as that its token has ended: of a request that was delivered twice, the other
  /// copy may have been taken.
  bool copy_alone = false;
};
/// Not taken (no connection, 429, 503 before processing): the same attempt may be sent again.
struct NotSent {
  Error error;
  std::optional<Duration> retry_after;
  /// It reached the bank, which says so of what it answers. Networks and gateways can deliver a request twice: what follows
  /// may be about another copy than the one that was taken.
  bool answered = false;
};
/// It may have been executed. Only `resolve` or a person leaves this state.
struct Unknown {
  Error error;
};
using SubmissionOutcome = std::variant<Accepted, Rejected, NotSent, Unknown>;

/// What evidence says of a submission whose outcome was unknown.
struct FoundExecuted {
  StatusReport report;
  std::string evidence;  ///< "consent_consumed", "idempotent_replay", "status_query", ...
};
struct FoundNotExecuted {
  std::string evidence;
  std::string reason;
};
struct StillUnknown {
  std::string why;
};
/// Nothing proves it yet, and the bank's window is open: the identical order, by `submit` under its key once it is journalled
/// that this is done, has the answer of the one order that the key stands for. A refusal is about that delivery alone.
struct ReplayAllowed {};
using Resolution = std::variant<FoundExecuted, FoundNotExecuted, StillUnknown, ReplayAllowed>;

/// What a rail can do and which evidence it has for unknown outcomes.
struct Capabilities {
  std::string name;               ///< "open_banking_uk"
  Duration idempotency_window{};  ///< Zero: a resend is never safe.
  Duration request_deadline{};    ///< After which "not found" may count.
  bool reads_consent_state = false;
  bool reports_credit_settlement = false;  ///< Reports ACCC.
  bool confirms_funds = false;             ///< To be asked before a payment is handed over.
  Duration status_poll_interval{};
};

template <class T>
using Callback = std::move_only_function<void(T)>;

class EventSource;

/// The port to banks: an API through which they are reached, directly or by an aggregator. All calls are asynchronous,
/// thread safe, and call back exactly once. A Result's error is Unavailable when nothing can have happened and
/// OutcomeUnknown when it may have; the rail never resends a submission outside the bank's window or without a key.
class Rail {
 public:
  virtual ~Rail() = default;
  virtual Capabilities capabilities() const = 0;

  /// Asks for a consent. Idempotent under `idempotency_key`.
  virtual void authorise(Instruction instruction, std::string idempotency_key,
                         Callback<Result<ConsentCreated>> done) = 0;
  /// Checks what the landing page received (FAPI 1 Advanced, section 8) and exchanges the code. A failed check is
  /// PermissionDenied with a reason of its own; nothing was spent.
  virtual void exchange(Landing landing, Callback<Result<Authorisation>> done) = 0;
  /// A new token for the same payer and consent (RFC 6749 section 6). Its refresh token goes on where the bank gives no other.
  /// Fails as `exchange` does; OutcomeUnknown may have used the refresh token up.
  virtual void refresh(std::string refresh_token, Callback<Result<Authorisation>> done) {
    static_cast<void>(refresh_token);
    done(fail(ErrorCode::FailedPrecondition, "refresh_not_supported",
              "This bank gives no refresh tokens."));
  }
  /// Whether the payer's account has the money now. Moves nothing and reserves nothing. Fails with `funds_unconfirmed`
  /// where the bank does not say, as it does where capabilities() say that it is not asked.
  virtual void confirm_funds(std::string consent_id, std::string access_token,
                             Callback<Result<bool>> done) {
    static_cast<void>(consent_id);
    static_cast<void>(access_token);
    done(fail(ErrorCode::FailedPrecondition, "funds_unconfirmed", "This bank is not asked."));
  }
  virtual void submit(Submission submission, Callback<SubmissionOutcome> done) = 0;
  /// Looks for evidence, without an effect at the bank.
  virtual void resolve(Submission submission, Callback<Result<Resolution>> done) = 0;
  virtual void status(std::string bank_payment_id, Callback<Result<StatusReport>> done) = 0;
  /// What the bank tells without being asked; nullptr where it tells nothing. Lives as long as the rail.
  virtual EventSource* events() { return nullptr; }
};

}  // namespace remit::rails
