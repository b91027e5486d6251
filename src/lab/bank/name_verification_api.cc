#include "lab/bank/name_verification_api.h"

#include "lab/bank/name_matching.h"
#include "lab/bank/schema_parts.h"
#include "lab/bank/uuid.h"

namespace remit::lab::bank {
namespace {

constexpr std::string_view kPath = "/open-banking/v1.0/cop/name-verification";
constexpr std::size_t kSortCodeDigits = 6;

constexpr std::string_view kScheme = "SortCodeAccountNumber";
constexpr std::string_view kAccountTypes = "Personal Business";
bool is_digits(std::string_view text) {
  return all_of(text, kDigits);
}
constexpr Schema kIdentification{.size_min = 14, .size_max = 14, .valid = is_digits};
constexpr std::array kDataFields{
    Field{"SchemeName", &kOneOf<kScheme>, true}, Field{"AccountType", &kOneOf<kAccountTypes>, true},
    Field{"Identification", &kIdentification, true}, Field{"Name", &kText<140>, true},
    Field{"SecondaryIdentification", &kText<34>}};
constexpr Schema kData = object_of(kDataFields);
constexpr std::array kBodyFields{Field{"Data", &kData, true}};
constexpr Schema kBody = object_of(kBodyFields);

json::object unmatched(std::string_view code) {
  return {{"Matched", false}, {"ReasonCode", code}};
}

/// The name and the type of account together.
json::object compare(const PayeeAccount& account, std::string_view name, bool business) {
  const NameMatch match = compare_names(name, account.name);
  if (match == NameMatch::None) return unmatched("ANNM");
  const bool same_type = account.business == business;
  if (match == NameMatch::Match) {
    if (same_type) return {{"Matched", true}};
    return unmatched(account.business ? "BANM" : "PANM");
  }
  json::object report = unmatched(same_type ? "MBAM" : account.business ? "BAMM" : "PAMM");
  report["Name"] = account.name;
  return report;
}

}  // namespace

void NameVerificationApi::add_routes(const AddRoute& add) {
  add("POST", kPath, [this](const net::RoutedRequest& routed) { return serve(routed); });
}

Reply NameVerificationApi::serve(const net::RoutedRequest& routed) {
  Fault fault = Fault::None;
  const auto report = attend(routed.request, fault);
  net::HttpResponse response;
  if (report) {
    response.body =
        json::serialize(json::object{{"Data", json::object{{"VerificationReport", *report}}}});
    response.headers.set("Content-Type", "application/json; charset=utf-8");
  } else {
    response = to_response(report.error(), StandardVersion::V3, make_uuid(parts_.entropy));
  }
  if (fault == Fault::Unreadable) response.body = "<html><body>Welcome</body></html>";
  finish_answer(parts_, routed.request, response);
  sign_answer(parts_, kid_, fault, response);
  return {std::move(response), delivery_of(fault)};
}

Answer<json::object> NameVerificationApi::attend(const net::HttpRequest& request, Fault& fault) {
  const auto caller = authorise(parts_, request, Grant::Client, "name-verification");
  if (!caller) return std::unexpected(caller.error());
  if (!accepts_json(request)) return refuse_bare(406);
  if (!has_json(request)) return refuse_bare(415);
  const MessageParty sender{caller->client->signature_issuer, parts_.options.trust_anchor,
                            parts_.options.payload_encoding, false, parts_.options.algorithm};
  const auto verified = verify_message(request.headers.find("x-jws-signature"), request.body,
                                       caller->client->signing_keys, sender, parts_.clock.now(),
                                       parts_.options.clock_skew_max);
  if (!verified) return std::unexpected(verified.error());
  const auto body = parse_json_object(request.body);
  if (!body) return refuse("U010", body.error().message);
  if (const auto checked = check_schema(*body, kBody, ""); !checked) {
    return std::unexpected(checked.error());
  }
  fault = parts_.faults.draw(Call::NameVerification, caller->client->client_id);
  if (const auto spared = before_operation(fault); !spared) return std::unexpected(spared.error());
  json::object report = report_on(body->at("Data").as_object());
  if (fault == Fault::ServerErrorAfter) return refuse_with(500, "U000", "Out of order.");
  if (fault == Fault::Contradiction) report = {{"Matched", true}, {"ReasonCode", "ANNM"}};
  return report;
}

json::object NameVerificationApi::report_on(const json::object& data) const {
  const std::string_view wanted = find_text(data, "Identification").value_or("");
  const std::string_view name = find_text(data, "Name").value_or("");
  const bool business = find_text(data, "AccountType") == "Business";
  const Books& books = parts_.payments.books();
  const auto& payees = parts_.options.payees;
  const auto payee = std::ranges::find(payees, wanted, &PayeeAccount::identification);
  if (payee == payees.end()) {
    if (const PayerAccount* payer = books.find_by_identification(wanted)) {
      return compare({.identification = payer->identification, .name = payer->holder}, name,
                     business);
    }
    const auto of_its_sort_code = [&](const std::string& identification) {
      return identification.starts_with(wanted.substr(0, kSortCodeDigits));
    };
    const bool ours =
        std::ranges::any_of(payees, of_its_sort_code, &PayeeAccount::identification) ||
        std::ranges::any_of(books.accounts(), of_its_sort_code, &PayerAccount::identification);
    return unmatched(ours ? "AC01" : "SCNS");
  }
  if (payee->check == NameCheck::OptedOut) return unmatched("OPTO");
  if (payee->check == NameCheck::Switched) return unmatched("CASS");
  if (payee->check == NameCheck::Unsupported) return unmatched("ACNS");
  if (payee->secondary_reference != find_text(data, "SecondaryIdentification").value_or("")) {
    return unmatched("IVCR");
  }
  return compare(*payee, name, business);
}

}  // namespace remit::lab::bank
