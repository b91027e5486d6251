#include "lab/bank/domestic_payments.h"
#include "lab/bank/domestic_schema.h"

/// The half of DomesticPayments that needs no caller: what the log brings back, and how payments go
/// on by themselves.
namespace remit::lab::bank {
namespace {

constexpr auto kLogRetry = std::chrono::seconds(1);

}  // namespace

Result<void> DomesticPayments::load(Access& access, ClientRegistry& clients) {
  if (options_.log_file.empty()) return {};
  log_ =
      TRY(BankLog::open(options_.log_file, [&](std::string_view kind, const json::object& record) {
        return restore(access, clients, kind, record);
      }));
  return rebuild();
}

Result<void> DomesticPayments::restore(Access& access, ClientRegistry& clients,
                                       std::string_view kind, const json::object& record) {
  if (kind == "consent") {
    Consent consent = TRY(consent_from_json(record));
    const json::object message{{"Data", consent.data}, {"Risk", consent.risk}};
    if (!check_schema(message, domestic_consent_schema(consent.version), "") ||
        !check_initiation(consent.initiation())) {
      return record_invalid("data");
    }
    consents_by_key_[idempotency_slot(consent.client_id, consent.made_from.idempotency_key)] =
        consent.id;
    consents_[consent.id] = std::move(consent);
    return {};
  }
  if (kind == "payment") {
    Payment payment = TRY(payment_from_json(record));
    const auto consent = consents_.find(payment.consent_id);
    if (consent == consents_.end()) return record_invalid("consent_id");
    if (books_.find(payment.account_id) == nullptr) return record_invalid("account_id");
    consent->second.status = consent_status::kConsumed;
    consent->second.updated = payment.created;
    if (!payments_.contains(payment.id)) order_.push_back(payment.id);
    payments_by_key_[idempotency_slot(payment.client_id, payment.made_from.idempotency_key)] =
        payment.id;
    payments_[payment.id] = std::move(payment);
    return {};
  }
  if (kind == "client") {
    clients.keep(TRY(registered_client_from_json(record)));
    return {};
  }
  if (kind == "client_removed") {
    clients.remove(find_text(record, "client_id").value_or(""));
    return {};
  }
  auto token = access_token_from_json(record);
  const auto hash = find_text(record, "hash");
  if (kind != "token" || !token || !hash) return record_invalid("kind");
  access.keep_token(std::string(*hash), *std::move(token), clock_.now());
  return {};
}

Result<void> DomesticPayments::rebuild() {
  for (const std::string& id : order_) {
    const Payment& payment = payments_.find(id)->second;
    if (payment.present().status == payment_status::kRejected) continue;
    if (!books_.reserve(payment.account_id, payment.amount_minor)) {
      return fail(
          ErrorCode::Corrupt, "bank_log_corrupt",
          fmt::format("Payment {} of the log is more than account {} had; give the accounts "
                      "that the log was made with, or move it away.",
                      id, payment.account_id));
    }
    if (payment.reached(payment_status::kCompleted)) books_.execute(payment, payment.present().at);
    await_next(payment);
  }
  return {};
}

Result<void> DomesticPayments::log_token(const std::string& hash, const AccessToken& token) {
  json::object record = to_json(token);
  record["hash"] = hash;
  return log_.append("token", record);
}

Result<void> DomesticPayments::keep(Payment& payment, std::string_view status,
                                    StatusReason reason) {
  payment.history.push_back({std::string(status), clock_.now(), std::move(reason)});
  auto logged = log_.append("payment", to_json(payment));
  if (!logged) payment.history.pop_back();
  return logged;
}

void DomesticPayments::await_next(const Payment& payment) {
  const std::string_view status = payment.present().status;
  std::optional<Duration> delay;
  if (status == payment_status::kReceived) delay = options_.received_to_in_process;
  if (status == payment_status::kInProcess) delay = options_.in_process_to_completed;
  if (status == payment_status::kCompleted) delay = options_.completed_to_credited;
  if (delay) schedule_(*delay, [this, id = payment.id] { advance(id); });
}

void DomesticPayments::advance(const std::string& payment_id) {
  Payment& payment = payments_.find(payment_id)->second;
  const std::string status = payment.present().status;
  Result<void> kept;
  if (status == payment_status::kReceived) {
    kept = keep(payment, payment_status::kInProcess, {"U034", "Sent on."});
  } else if (status == payment_status::kInProcess && !payment.rejects_later.code.empty()) {
    kept = keep(payment, payment_status::kRejected, payment.rejects_later);
    if (kept) books_.release(payment.account_id, payment.amount_minor);
  } else if (status == payment_status::kInProcess) {
    kept = keep(payment, payment_status::kCompleted, {});
    if (kept) books_.execute(payment, payment.present().at);
  } else if (status == payment_status::kCompleted) {
    kept = keep(payment, payment_status::kCredited, {"0000", "Credited to the beneficiary."});
  }
  if (!kept) {
    schedule_(kLogRetry, [this, payment_id] { advance(payment_id); });
    return;
  }
  if (changed_) changed_(payment);
  await_next(payment);
}

}  // namespace remit::lab::bank
