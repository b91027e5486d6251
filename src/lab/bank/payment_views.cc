#include "lab/bank/payment_views.h"

namespace remit::lab::bank {
namespace {

void add_reason(StandardVersion version, json::object& data, const StatusReason& reason) {
  if (reason.code.empty() || version == StandardVersion::V3) return;
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

json::object initiation_of(StandardVersion version, const Consent& consent) {
  return version == consent.version ? consent.initiation() : initiation_in_v4(consent.initiation());
}

json::object risk_of(StandardVersion version, const Consent& consent) {
  json::object risk = consent.risk;
  json::value* misspelt = risk.if_contains("ContractPresentInidicator");
  if (version == consent.version || misspelt == nullptr) return risk;
  risk["ContractPresentIndicator"] = *misspelt;
  risk.erase("ContractPresentInidicator");
  return risk;
}

json::object wrap(json::object data, const std::string& self) {
  return {
      {"Data", std::move(data)}, {"Links", json::object{{"Self", self}}}, {"Meta", json::object()}};
}

}  // namespace

json::object consent_document(StandardVersion version, const Consent& consent,
                              const PayerAccount* account, const std::string& self) {
  json::object data = consent.data;
  data["ConsentId"] = consent.id;
  data["CreationDateTime"] = to_rfc3339(consent.created);
  data["Initiation"] = initiation_of(version, consent);
  data["Status"] = consent_status_in(version, consent.status);
  data["StatusUpdateDateTime"] = to_rfc3339(consent.updated);
  add_reason(version, data, consent.reason);
  if (account != nullptr && wants_refund_account(consent)) data["Debtor"] = account_of(*account);
  json::object document = wrap(std::move(data), self);
  document["Risk"] = risk_of(version, consent);
  return document;
}

json::object payment_document(StandardVersion version, const Payment& payment,
                              const StatusChange& status, const Consent& consent,
                              const PayerAccount* account, const std::string& self) {
  json::object data{{"DomesticPaymentId", payment.id},
                    {"ConsentId", payment.consent_id},
                    {"CreationDateTime", to_rfc3339(payment.created)},
                    {"Status", payment_status_in(version, status.status)},
                    {"StatusUpdateDateTime", to_rfc3339(status.at)},
                    {"Initiation", initiation_of(version, consent)}};
  add_reason(version, data, status.reason);
  if (account != nullptr && wants_refund_account(consent)) {
    data["Debtor"] = account_of(*account);
    data["Refund"] = json::object{{"Account", account_of(*account)}};
  }
  return wrap(std::move(data), self);
}

json::object funds_document(bool available, Timestamp now, const std::string& self) {
  return wrap({{"FundsAvailableResult", json::object{{"FundsAvailableDateTime", to_rfc3339(now)},
                                                     {"FundsAvailable", available}}}},
              self);
}

json::object payment_details_document(StandardVersion version, const Payment& payment,
                                      const std::string& self) {
  json::array statuses;
  for (const StatusChange& change : payment.history) {
    if (change.status == payment_status::kReceived) continue;
    const std::string_view status = payment_status_in(version, change.status);
    json::object detail{{"LocalInstrument", "UK.OBIE.FPS"}, {"Status", status}};
    // v3.1 has seven words for reasons, and none that fits.
    if (!change.reason.code.empty() && version == StandardVersion::V4) {
      detail["StatusReason"] = change.reason.code;
      detail["StatusReasonDescription"] = change.reason.description;
    }
    statuses.push_back(json::object{{"PaymentTransactionId", payment.id},
                                    {"Status", status},
                                    {"StatusUpdateDateTime", to_rfc3339(change.at)},
                                    {"StatusDetail", std::move(detail)}});
  }
  return wrap({{"PaymentStatus", std::move(statuses)}}, self);
}

}  // namespace remit::lab::bank
