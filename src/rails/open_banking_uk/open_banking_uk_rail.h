#pragma once

#include "rails/open_banking_uk/bank.h"
#include "rails/open_banking_uk/bank_events.h"
#include "rails/open_banking_uk/id_token.h"
#include "rails/open_banking_uk/options.h"
#include "rails/rail.h"

#include <memory>
#include <string>

namespace remit::rails::open_banking_uk {

/// UK Open Banking v3.1.11 or v4.0 domestic payments at one bank, under FAPI 1 Advanced: hybrid flow, signed request object,
/// mutual TLS, message signatures both ways.
class OpenBankingUkRail final : public Rail {
 public:
  OpenBankingUkRail(Options options, Ports ports)
      : bank_(std::move(options), ports), events_(bank_) {}

  Capabilities capabilities() const override;
  void authorise(Instruction instruction, std::string idempotency_key,
                 rails::Callback<Result<ConsentCreated>> done) override;
  void exchange(Landing landing, rails::Callback<Result<Authorisation>> done) override;
  void confirm_funds(std::string consent_id, std::string access_token,
                     rails::Callback<Result<bool>> done) override;
  void refresh(std::string refresh_token, rails::Callback<Result<Authorisation>> done) override;
  void submit(Submission submission, rails::Callback<SubmissionOutcome> done) override;
  void resolve(Submission submission, rails::Callback<Result<Resolution>> done) override;
  void status(std::string bank_payment_id, rails::Callback<Result<StatusReport>> done) override;
  EventSource* events() override { return bank_.options().events_url.empty() ? nullptr : &events_; }

 private:
  Result<ConsentCreated> to_consent(const ApiAnswer& answer, const Instruction& instruction,
                                    const Metadata& metadata);
  /// The tokens of an answer, whose id_token is not looked at.
  Result<Authorisation> to_authorisation(const codec::JsonDocument& answer);
  Result<std::string> request_object(const Metadata& metadata, const ConsentCreated& consent);
  /// One exchange of a code under way.
  struct Exchange {
    Landing landing;
    std::string subject;  ///< Of the id_token of the front channel.
    rails::Callback<Result<Authorisation>> done;
  };
  Expected expected_of(const Landing& landing);
  void exchange_code(const std::shared_ptr<Exchange>& exchange);
  void grant(const std::shared_ptr<Exchange>& exchange, const codec::JsonDocument& answer);
  Resolution resolution_of(const Submission& submission, const ApiAnswer& consent, bool is_over);
  bool within_window(const Submission& submission);
  /// No request for the order is on its way any more.
  bool nothing_can_arrive(const Submission& submission);

  Bank bank_;
  BankEvents events_;
};

}  // namespace remit::rails::open_banking_uk
