#include "lab/bank/consent.h"

#include "kit/base/check.h"
#include "kit/base/money.h"

namespace remit::lab::bank {

std::int64_t Consent::amount_minor() const {
  const json::object& amount = initiation().at("InstructedAmount").get_object();
  const auto money = from_decimal(*find_text(amount, "Amount"), Currency::of("GBP"));
  CHECK(money.has_value(), "consent {} has an amount that was not checked", id);
  return money->amount;
}

std::string_view Consent::creditor_name() const {
  return *find_text(initiation().at("CreditorAccount").get_object(), "Name");
}

std::unexpected<Error> record_invalid(std::string_view member) {
  return fail(ErrorCode::Corrupt, "bank_log_corrupt",
              fmt::format("A record of the bank's log lacks {}; move the file away.", member));
}

json::object to_json(const Consent& consent) {
  return {{"id", consent.id},
          {"client_id", consent.client_id},
          {"created", to_rfc3339(consent.created)},
          {"updated", to_rfc3339(consent.updated)},
          {"status", consent.status},
          {"reason_code", consent.reason.code},
          {"reason_description", consent.reason.description},
          {"data", consent.data},
          {"risk", consent.risk},
          {"account_id", consent.account_id},
          {"idempotency_key", consent.made_from.idempotency_key},
          {"body_hash", consent.made_from.body_hash},
          {"version", version_name(consent.version)}};
}

Result<Consent> consent_from_json(const json::object& record) {
  Consent consent;
  const auto text = [&](std::string_view name) {
    return std::string(find_text(record, name).value_or(""));
  };
  const auto created = from_rfc3339(text("created"));
  const auto updated = from_rfc3339(text("updated"));
  const json::object* data = find_object(record, "data");
  const json::object* risk = find_object(record, "risk");
  if (!created || !updated) return record_invalid("created");
  if (data == nullptr || find_object(*data, "Initiation") == nullptr) return record_invalid("data");
  if (risk == nullptr) return record_invalid("risk");
  consent.id = text("id");
  consent.client_id = text("client_id");
  consent.created = *created;
  consent.updated = *updated;
  consent.status = text("status");
  consent.reason = {text("reason_code"), text("reason_description")};
  consent.data = *data;
  consent.risk = *risk;
  consent.account_id = text("account_id");
  consent.made_from = {text("idempotency_key"), text("body_hash")};
  consent.version = version_from_name(text("version"));
  if (consent.id.empty()) return record_invalid("id");
  return consent;
}

}  // namespace remit::lab::bank
