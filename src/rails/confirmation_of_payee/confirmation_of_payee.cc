#include "rails/confirmation_of_payee/confirmation_of_payee.h"

#include "rails/confirmation_of_payee/verification_report.h"

#include <memory>

namespace remit::rails::confirmation_of_payee {
namespace {

open_banking_uk::Options with_scope(open_banking_uk::Options options) {
  options.scope = "name-verification";
  return options;
}

}  // namespace

ConfirmationOfPayee::ConfirmationOfPayee(open_banking_uk::Options options,
                                         open_banking_uk::Ports ports)
    : responder_(with_scope(std::move(options)), ports) {}

void ConfirmationOfPayee::verify(PayeeQuestion question, Callback<PayeeVerdict> done) {
  open_banking_uk::ApiCall call{.method = "POST",
                                .path = "/name-verification",
                                .token = {},
                                .idempotency_key = {},  // Asked twice is answered twice.
                                .body = request_body(question)};
  responder_.call_as_client(std::move(call),
                            [question = std::move(question), done = std::move(done)](
                                const Result<open_banking_uk::ApiAnswer>& answer) mutable {
                              if (!answer) return done(PayeeUnavailable{answer.error()});
                              done(read_answer(*answer, question));
                            });
}

}  // namespace remit::rails::confirmation_of_payee
