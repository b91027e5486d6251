#include "kit/base/codec/json.h"
#include "pay/payees/endpoints/endpoints.h"
#include "pay/payees/endpoints/payee_verification_resource.h"
#include "terms/account.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

/// A check moves nothing, so it is made before anything is journalled: the responder is asked, and what it said is recorded
/// under an id that follows from the request. Whoever sends the request again after a crash or a lost answer either hears what
/// is recorded or has the check made again.
namespace remit::payees {
namespace {

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};

/// One request on its way to the responder and back.
struct Verification {
  api::Request request;
  net::Responder respond;
  TypeId id;
  rails::PayeeQuestion question;
};
using VerificationPtr = std::shared_ptr<Verification>;

/// JSON Schema counts characters, not bytes.
std::size_t characters_in(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

bool is_digits(std::string_view text, std::size_t size) {
  return text.size() == size && text.find_first_not_of("0123456789") == std::string_view::npos;
}

Result<std::string> identification_of(const VerifyPayeeRequest& asked,
                                      const terms::ModulusTable& modulus) {
  constexpr std::size_t kSortCodeDigits = 6;
  constexpr std::size_t kAccountNumberDigits = 8;
  const bool sort_code_right = is_digits(asked.sort_code, kSortCodeDigits);
  if (!sort_code_right || !is_digits(asked.account_number, kAccountNumberDigits)) {
    return fail(ErrorCode::InvalidArgument, "account_invalid",
                "Give 6 digits of sort code and 8 of account number.",
                sort_code_right ? "account_number" : "sort_code");
  }
  std::string identification = asked.sort_code + asked.account_number;
  TRY(terms::check_number(modulus, identification, "account_number"));
  return identification;
}

Result<rails::PayeeQuestion> question_in(const api::Request& request,
                                         const terms::ModulusTable& modulus) {
  auto asked = TRY(codec::from_json<VerifyPayeeRequest>(request.http.body));
  const std::size_t characters = characters_in(asked.name);
  if (characters == 0 || characters > rails::kPayeeNameCharactersMax) {
    return fail(ErrorCode::InvalidArgument, "name_invalid",
                fmt::format("Give the payee's name, at most {} characters.",
                            rails::kPayeeNameCharactersMax),
                "name");
  }
  const std::string secondary = asked.secondary_reference.value_or("");
  if ((asked.secondary_reference && secondary.empty()) ||
      characters_in(secondary) > rails::kSecondaryReferenceCharactersMax) {
    return fail(ErrorCode::InvalidArgument, "secondary_reference_invalid",
                fmt::format("Give 1 to {} characters, or leave it out.",
                            rails::kSecondaryReferenceCharactersMax),
                "secondary_reference");
  }
  return rails::PayeeQuestion{.identification = TRY(identification_of(asked, modulus)),
                              .name = std::move(asked.name),
                              .account_type = asked.account_type,
                              .secondary_reference = secondary};
}

/// What is recorded of the verdict, but for the payee; gives the account's name where the bank told it.
std::string take_verdict(const rails::PayeeVerdict& verdict, RecordPayeeVerification& command) {
  using terms::PayeeMatch;
  std::string account_name;
  std::visit(Overloaded{[&](const rails::PayeeMatched&) { command.result = PayeeMatch::Matched; },
                        [&](const rails::PayeeCloseMatch& close) {
                          command.result = PayeeMatch::CloseMatch;
                          command.reason = close.reason;
                          account_name = close.name;
                        },
                        [&](const rails::PayeeNoMatch& none) {
                          command.result = PayeeMatch::NoMatch;
                          command.reason = none.reason;
                        },
                        [&](const rails::PayeeCannotCheck& unchecked) {
                          command.result = PayeeMatch::CannotCheck;
                          command.reason = unchecked.reason;
                        },
                        [&](const rails::PayeeUnavailable& failed) {
                          command.result = PayeeMatch::Unavailable;
                          command.unavailable_reason = failed.error.reason;
                        }},
             verdict);
  return account_name;
}

void record(const EndpointPorts& ports, const VerificationPtr& verification,
            const rails::PayeeVerdict& verdict) {
  const rails::PayeeQuestion& question = verification->question;
  RecordPayeeVerification command{.id = verification->id, .account_type = question.account_type};
  const std::string account_name = take_verdict(verdict, command);
  auto sealed = ports.sealer.seal(verification->request.caller.client,
                                  Payee{.identification = question.identification,
                                        .name = question.name,
                                        .secondary_reference = question.secondary_reference,
                                        .account_name = account_name});
  if (!sealed) return verification->respond(net::problem_response(sealed.error()));
  command.payee = std::move(*sealed);
  ports.gateway.execute(verification->request, std::move(command), 201,
                        std::move(verification->respond),
                        [ports](const PayeeVerification& made) -> Result<std::string> {
                          return codec::to_json(TRY(to_resource(made, ports.sealer)));
                        });
}

/// Of a request that comes again: what was said first, and nobody is asked.
void record_known(const EndpointPorts& ports, const VerificationPtr& verification) {
  ports.gateway.execute(verification->request, RecordPayeeVerification{.id = verification->id}, 201,
                        std::move(verification->respond),
                        [ports](const PayeeVerification& made) -> Result<std::string> {
                          return codec::to_json(TRY(to_resource(made, ports.sealer)));
                        });
}

void verify(const EndpointPorts& ports, api::Request request, net::Responder respond) {
  Result<rails::PayeeQuestion> question = question_in(request, ports.modulus);
  if (!question) return respond(net::problem_response(question.error()));
  const Result<TypeId> id = ports.gateway.derive_id(PayeeVerification::kPrefix, request);
  if (!id) return respond(net::problem_response(id.error()));
  if (ports.verifier == nullptr) {
    return respond(ports.gateway.problem({ErrorCode::FailedPrecondition,
                                          "payee_verification_off",
                                          "This server has nobody to ask whose account it is.",
                                          {},
                                          nullptr}));
  }
  auto verification = std::make_shared<Verification>(std::move(request), std::move(respond), *id,
                                                     std::move(*question));
  auto known = std::make_shared<bool>(false);
  ports.gateway.engines()
      .of(verification->request.caller.client)
      .query([known, id = *id](
                 engine::ReadView& view) { *known = view.find<PayeeVerification>(id) != nullptr; },
             [ports, verification, known](const Result<engine::Position>& position) {
               if (!position) {
                 return verification->respond(net::problem_response(position.error()));
               }
               if (*known) return record_known(ports, verification);
               ports.verifier->verify(verification->question,
                                      [ports, verification](const rails::PayeeVerdict& verdict) {
                                        record(ports, verification, verdict);
                                      });
             });
}

}  // namespace

void add_verify_payee(const EndpointPorts& ports) {
  ports.gateway.add(
      {.method = "POST",
       .path = "/v1/payee_verifications",
       .id = "verify_payee",
       .tag = "Payees",
       .summary = "Verify a payee",
       .description =
           "Asks the payee's bank whether the account is held under this name (Confirmation of "
           "Payee), and keeps what it said. A payment may then name the verification. Also what "
           "is no match, or could not be found out, is an answer and no error.",
       .scope = api::Scope::PaymentsWrite,
       .ways = {api::Way::Execute, api::Way::Query},
       .request = api::body(example_request()),
       .status = 201,
       .answer = api::body(example_verification()),
       .problems = {"name_invalid", "account_invalid", "account_number_invalid",
                    "secondary_reference_invalid", "payee_verification_off"}},
      [ports](api::Request request, net::Responder respond) {
        verify(ports, std::move(request), std::move(respond));
      });
}

}  // namespace remit::payees
