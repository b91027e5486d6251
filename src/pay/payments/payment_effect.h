#pragma once

#include "kit/base/codec/sealed.h"
#include "kit/engine/engine.h"
#include "kit/flow/effect.h"
#include "pay/payments/commands.h"
#include "pay/payments/held_grants.h"
#include "pay/payments/limits.h"
#include "pay/payments/payment.h"
#include "rails/rail.h"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace remit::payments {

/// The rails that this process can use, by name. Owned by whoever made them.
using Rails = std::map<std::string, rails::Rail*, std::less<>>;

/// What the flows of this folder need. All outlive them; the effects outlive the engine's stop, which may call them back.
struct EffectPorts {
  engine::Engine& engine;
  const Rails& rails;
  codec::Sealer& sealer;
  Clock& clock;
  std::string actor{};  ///< "flow:submit_payments": who the journal says did it.
};

/// What the flows of this folder share: look at the payment as it is now, call its rail, record the outcome by a command,
/// and end the record. A record may come again after a crash or redrive; each flow acts only on the state that it is for.
class PaymentEffect : public flow::Effect {
 public:
  explicit PaymentEffect(EffectPorts ports) : ports_(std::move(ports)) {}
  void start(const flow::Record& record, std::uint32_t attempts, Callback done) override;

 protected:
  /// One record under way; shared by the callbacks that follow each other.
  struct Work {
    flow::Record record;
    std::uint32_t attempts = 0;
    Payment payment;
    rails::Rail* rail = nullptr;
    Callback done;
    std::uint32_t commands = 0;
  };
  using WorkPtr = std::shared_ptr<Work>;

  /// Acts on the payment as it is now. On the engine's thread: quick, and never blocking.
  virtual void act(WorkPtr work) = 0;

  /// Submits a command about the payment; ends the record when it is durable.
  template <engine::Command C>
  void record(const WorkPtr& work, C command) {
    submit(work, std::move(command),
           [work](Result<engine::Answered> answer) { end(work, std::move(answer)); });
  }
  template <engine::Command C>
  void submit(const WorkPtr& work, C command, engine::CommandCallback then) {
    ports_.engine.submit(context_of(*work), std::move(command), std::move(then));
  }
  /// Ends the record by how a command about it ended: a business refusal means that it was overtaken.
  static void end(const WorkPtr& work, Result<engine::Answered> answer);
  static void finish(const WorkPtr& work) { work->done(flow::Finished{}); }
  static void fail(const WorkPtr& work, Error error) {
    work->done(flow::outcome_of(std::move(error)));
  }

  /// The instruction that consent and submission must agree on.
  Result<rails::Instruction> instruction_of(const Payment& payment);
  /// Where the bank says that refunds go, sealed; empty when it does not say, or it is known, or the key is gone for good.
  /// Fails only with what may pass: the bank is then to be asked again, since a refund without the account is refused.
  Result<codec::Sealed<RefundParty>> refund_party_of(const Payment& payment,
                                                     const rails::StatusReport& report);
  /// What the bank said of an order that it accepted.
  void add_report(RecordSubmission& command, const Work& work, const rails::StatusReport& report);
  /// Goes on once the payment's token has time left: at once, or with one that was refreshed. What the bank does not refresh
  /// is used as it is, for the bank to judge; while the bank cannot be asked and the token has no time, the record is retried.
  void with_live_token(const WorkPtr& work, std::move_only_function<void()> then);
  /// Journals by a command about the payment that its order goes out now, and goes on with the payment as it is then.
  /// `in_time`: since that moment no more than kHandOverWithin has passed; else the bank must not be called.
  template <engine::Command C>
  void begin_hand_over(const WorkPtr& work, C command,
                       std::move_only_function<void(bool in_time)> then) {
    const Monotonic asked = ports_.clock.monotonic();
    submit(work, std::move(command),
           [this, work, asked, then = std::move(then)](Result<engine::Answered> answer) mutable {
             if (!answer) return end(work, std::move(answer));
             take(*work, *answer);
             then(is_in_time(asked));
           });
  }
  bool is_in_time(Monotonic asked) const;
  /// The payment as a command about it has left it.
  static void take(Work& work, const engine::Answered& answer);
  /// The hand-over as the payment's attempt has it, its secrets opened.
  Result<rails::Submission> submission_of(const Payment& payment);

  EffectPorts ports_;

 private:
  void keep_refreshed(const WorkPtr& work, const rails::Authorisation& renewed,
                      std::move_only_function<void()> then);
  engine::CommandContext context_of(Work& work) const;

  HeldGrants refreshed_{kGrantsHeldMax};
};

/// payment.created -> a consent at the bank.
class AuthorisePayments final : public PaymentEffect {
 public:
  static constexpr std::string_view kName = "authorise_payments";
  using PaymentEffect::PaymentEffect;
  bool wants(std::string_view type) const override;

 private:
  void act(WorkPtr work) override;
};

/// payment.authorisation_received -> the code exchanged for a token.
class ExchangeCodes final : public PaymentEffect {
 public:
  static constexpr std::string_view kName = "exchange_codes";
  using PaymentEffect::PaymentEffect;
  bool wants(std::string_view type) const override;

 private:
  void act(WorkPtr work) override;
  void exchange(const WorkPtr& work);
  void record_grant(const WorkPtr& work, const rails::Authorisation& granted);

  HeldGrants held_{kGrantsHeldMax};
};

/// payment.authorised -> handed to the bank.
class SubmitPayments final : public PaymentEffect {
 public:
  static constexpr std::string_view kName = "submit_payments";
  using PaymentEffect::PaymentEffect;
  bool wants(std::string_view type) const override;

 private:
  void act(WorkPtr work) override;
  void prepare(const WorkPtr& work);
  void start_attempt(const WorkPtr& work, rails::Submission submission);
  void hand_over(const WorkPtr& work, rails::Submission submission);
  void record_outcome(const WorkPtr& work, rails::SubmissionOutcome outcome);
};

/// payment.resolution_due -> evidence looked for.
class ResolvePayments final : public PaymentEffect {
 public:
  static constexpr std::string_view kName = "resolve_payments";
  using PaymentEffect::PaymentEffect;
  bool wants(std::string_view type) const override;

 private:
  void act(WorkPtr work) override;
  void look(const WorkPtr& work);
  void replay(const WorkPtr& work);
  void record_replay(const WorkPtr& work, const rails::SubmissionOutcome& outcome);
  void record_resolution(const WorkPtr& work, Result<rails::Resolution> resolution);
};

/// payment.status_due -> the bank asked how far it is.
class QueryStatuses final : public PaymentEffect {
 public:
  static constexpr std::string_view kName = "query_statuses";
  using PaymentEffect::PaymentEffect;
  bool wants(std::string_view type) const override;

 private:
  void act(WorkPtr work) override;
};

}  // namespace remit::payments
