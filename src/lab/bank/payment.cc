#include "lab/bank/payment.h"

#include <algorithm>

namespace remit::lab::bank {

bool Payment::reached(std::string_view status) const {
  return std::ranges::find(history, status, &StatusChange::status) != history.end();
}

json::object to_json(const Payment& payment) {
  json::array history;
  for (const StatusChange& change : payment.history) {
    history.push_back(json::object{{"status", change.status},
                                   {"at", to_rfc3339(change.at)},
                                   {"reason_code", change.reason.code},
                                   {"reason_description", change.reason.description}});
  }
  return {{"id", payment.id},
          {"consent_id", payment.consent_id},
          {"client_id", payment.client_id},
          {"account_id", payment.account_id},
          {"amount_minor", payment.amount_minor},
          {"end_to_end_id", payment.end_to_end_id},
          {"instruction_id", payment.instruction_id},
          {"creditor_account", payment.creditor_account},
          {"creditor_name", payment.creditor_name},
          {"created", to_rfc3339(payment.created)},
          {"history", std::move(history)},
          {"rejects_later_code", payment.rejects_later.code},
          {"rejects_later_description", payment.rejects_later.description},
          {"idempotency_key", payment.made_from.idempotency_key},
          {"body_hash", payment.made_from.body_hash}};
}

Result<Payment> payment_from_json(const json::object& record) {
  const auto text_in = [](const json::object& object, std::string_view name) {
    return std::string(find_text(object, name).value_or(""));
  };
  Payment payment;
  const auto created = from_rfc3339(text_in(record, "created"));
  const auto amount = find_integer(record, "amount_minor");
  const json::value* history = record.if_contains("history");
  if (!created) return record_invalid("created");
  if (!amount) return record_invalid("amount_minor");
  if (history == nullptr || !history->is_array() || history->get_array().empty()) {
    return record_invalid("history");
  }
  for (const json::value& item : history->get_array()) {
    if (!item.is_object()) return record_invalid("history");
    const json::object& change = item.get_object();
    const auto at = from_rfc3339(text_in(change, "at"));
    if (!at) return record_invalid("history");
    payment.history.push_back(
        {text_in(change, "status"),
         *at,
         {text_in(change, "reason_code"), text_in(change, "reason_description")}});
  }
  payment.id = text_in(record, "id");
  payment.consent_id = text_in(record, "consent_id");
  payment.client_id = text_in(record, "client_id");
  payment.account_id = text_in(record, "account_id");
  payment.amount_minor = *amount;
  payment.end_to_end_id = text_in(record, "end_to_end_id");
  payment.instruction_id = text_in(record, "instruction_id");
  payment.creditor_account = text_in(record, "creditor_account");
  payment.creditor_name = text_in(record, "creditor_name");
  payment.created = *created;
  payment.rejects_later = {text_in(record, "rejects_later_code"),
                           text_in(record, "rejects_later_description")};
  payment.made_from = {text_in(record, "idempotency_key"), text_in(record, "body_hash")};
  if (payment.id.empty()) return record_invalid("id");
  return payment;
}

}  // namespace remit::lab::bank
