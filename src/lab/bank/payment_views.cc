#include "lab/bank/payment_views.h"

namespace remit::lab::bank {
namespace {

void add_reason(json::object& data, const StatusReason& reason) {
  if (reason.code.empty()) return;
  data["StatusReason"] = json::array{json::object{{"StatusReasonCode", reason.code},
                                                  {"StatusReasonDescription", reason.description}}};
}

json::object account_of(const PayerAccount& account) {
  return {{"SchemeName", "UK.OBIE.SortCodeAccountNumber"},
          {"Identification", account.identification},
          {"Name", account.holder}};
}

bool wants_refund_account(const Consent& consent) {
  return find_text(consent.data, "ReadRefundAccount") == "Yes";
}

json::object wrap(json::object data, const std::string& self) {
  return {
      {"Data", std::move(data)}, {"Links", json::object{{"Self", self}}}, {"Meta", json::object()}};
}

}  // namespace

json::object consent_document(const Consent& consent, const PayerAccount* account,
                              const std::string& self) {
  json::object data = consent.data;
  data["ConsentId"] = consent.id;
  data["CreationDateTime"] = to_rfc3339(consent.created);
  data["Status"] = consent.status;
  data["StatusUpdateDateTime"] = to_rfc3339(consent.updated);
  add_reason(data, consent.reason);
  if (account != nullptr && wants_refund_account(consent)) data["Debtor"] = account_of(*account);
  json::object document = wrap(std::move(data), self);
  document["Risk"] = consent.risk;
  return document;
}

json::object payment_document(const Payment& payment, const StatusChange& status,
                              const Consent& consent, const PayerAccount* account,
                              const std::string& self) {
  json::object data{{"DomesticPaymentId", payment.id},
                    {"ConsentId", payment.consent_id},
                    {"CreationDateTime", to_rfc3339(payment.created)},
                    {"Status", status.status},
                    {"StatusUpdateDateTime", to_rfc3339(status.at)},
                    {"Initiation", consent.initiation()}};
  add_reason(data, status.reason);
  if (account != nullptr && wants_refund_account(consent)) {
    data["Debtor"] = account_of(*account);
    data["Refund"] = json::object{{"Account", account_of(*account)}};
  }
  return wrap(std::move(data), self);
}

json::object payment_details_document(const Payment& payment, const std::string& self) {
  json::array statuses;
  for (const StatusChange& change : payment.history) {
    if (change.status == payment_status::kReceived) continue;
    json::object detail{{"LocalInstrument", "UK.OBIE.FPS"}, {"Status", change.status}};
    if (!change.reason.code.empty()) {
      detail["StatusReason"] = change.reason.code;
      detail["StatusReasonDescription"] = change.reason.description;
    }
    statuses.push_back(json::object{{"PaymentTransactionId", payment.id},
                                    {"Status", change.status},
                                    {"StatusUpdateDateTime", to_rfc3339(change.at)},
                                    {"StatusDetail", std::move(detail)}});
  }
  return wrap({{"PaymentStatus", std::move(statuses)}}, self);
}

}  // namespace remit::lab::bank
