#include "lab/bank/domestic_payments.h"

#include "kit/base/check.h"
#include "kit/base/money.h"

#include <algorithm>

namespace remit::lab::bank {
namespace {

constexpr auto kKeyLifetime = std::chrono::hours(24);
constexpr std::size_t kIdBytes = 16;
constexpr std::string_view kSortCodeScheme = "UK.OBIE.SortCodeAccountNumber";

/// The resource that the key made, nullptr when it made none, or why it may not be used like this.
template <class Resources, class Ids>
auto made_before(const Resources& resources, const Ids& ids, const std::string& slot,
                 const MadeFrom& made_from, Timestamp now)
    -> Answer<const typename Resources::mapped_type*> {
  const auto found = ids.find(slot);
  if (found == ids.end()) return nullptr;
  const auto& resource = resources.find(found->second)->second;
  if (resource.created + kKeyLifetime < now) return nullptr;
  if (resource.made_from.body_hash != made_from.body_hash) {
    return refuse("U006", "The key was used with another body.", "x-idempotency-key");
  }
  return &resource;
}

std::unexpected<Refusal> not_written(const Error& error) {
  return refuse_with(500, "U000", error.message);
}

}  // namespace

DomesticPayments::DomesticPayments(const BankOptions& options, Clock& clock, Entropy& entropy,
                                   Schedule schedule)
    : options_(options),
      clock_(clock),
      entropy_(entropy),
      schedule_(std::move(schedule)),
      books_(options.accounts) {}

std::string DomesticPayments::idempotency_slot(std::string_view client_id, std::string_view key) {
  return fmt::format("{}\n{}", client_id, key);
}

std::string DomesticPayments::make_id(std::string_view prefix) {
  return fmt::format("{}-{}", prefix, to_hex(entropy_.bytes(kIdBytes)));
}

Answer<void> DomesticPayments::check_initiation(const json::object& initiation) const {
  const std::string where = "Data.Initiation";
  const json::object& amount = initiation.at("InstructedAmount").get_object();
  if (find_text(amount, "Currency") != "GBP") {
    return refuse("U023", "Only GBP can be paid.", where + ".InstructedAmount.Currency");
  }
  const auto money = from_decimal(*find_text(amount, "Amount"), Currency::of("GBP"));
  if (!money || money->amount <= 0 || money->amount > options_.amount_minor_max) {
    return refuse("U002", "The amount must be whole pence, above zero and within the limit.",
                  where + ".InstructedAmount.Amount");
  }
  for (const std::string_view side : {"CreditorAccount", "DebtorAccount"}) {
    const json::object* account = find_object(initiation, side);
    if (account == nullptr) continue;
    const std::string path = fmt::format("{}.{}", where, side);
    if (find_text(*account, "SchemeName") != kSortCodeScheme) {
      return refuse("U027", "Only sort code and account number.", path + ".SchemeName");
    }
    const std::string_view number = *find_text(*account, "Identification");
    if (number.size() != 14 || number.find_first_not_of("0123456789") != number.npos) {
      return refuse("U002", "Six digits of sort code and eight of account number.",
                    path + ".Identification");
    }
    if (side == "DebtorAccount" && books_.find_by_identification(number) == nullptr) {
      return refuse("U021", "The account is not held at this bank.", path + ".Identification");
    }
  }
  if (find_text(initiation, "LocalInstrument").value_or("UK.OBIE.FPS") != "UK.OBIE.FPS") {
    return refuse("U026", "Only UK.OBIE.FPS.", where + ".LocalInstrument");
  }
  return {};
}

Answer<const Consent*> DomesticPayments::stage(const RegisteredClient& client,
                                               StandardVersion version, const json::object& body,
                                               MadeFrom made_from) {
  const Timestamp now = clock_.now();
  const std::string slot = idempotency_slot(client.client_id, made_from.idempotency_key);
  const auto before = made_before(consents_, consents_by_key_, slot, made_from, now);
  if (!before || *before != nullptr) return before;
  Consent consent;
  consent.data = body.at("Data").get_object();
  consent.risk = body.at("Risk").get_object();
  if (auto checked = check_initiation(consent.initiation()); !checked) {
    return std::unexpected(checked.error());
  }
  consent.id = make_id("consent");
  consent.client_id = client.client_id;
  consent.version = version;
  consent.created = now;
  consent.updated = now;
  consent.made_from = std::move(made_from);
  if (auto logged = log_.append("consent", to_json(consent)); !logged) {
    return not_written(logged.error());
  }
  consents_by_key_[slot] = consent.id;
  return &consents_.emplace(consent.id, std::move(consent)).first->second;
}

const Consent* DomesticPayments::find_consent(std::string_view id) const {
  const auto found = consents_.find(id);
  return found == consents_.end() ? nullptr : &found->second;
}

Answer<const Consent*> DomesticPayments::consent_of(const RegisteredClient& client,
                                                    std::string_view id) const {
  const Consent* consent = find_consent(id);
  if (consent == nullptr) return refuse("U011", "No such consent.", "ConsentId");
  if (consent->client_id != client.client_id) return refuse_bare(403);
  return consent;
}

Result<void> DomesticPayments::approve(std::string_view consent_id, std::string_view account_id) {
  const auto found = consents_.find(consent_id);
  CHECK(found != consents_.end() && books_.find(account_id) != nullptr, "{} {}", consent_id,
        account_id);
  Consent changed = found->second;
  CHECK(changed.status == consent_status::kAwaitingAuthorisation, "{}", changed.status);
  changed.status = consent_status::kAuthorised;
  changed.updated = clock_.now();
  changed.account_id = account_id;
  if (auto logged = log_.append("consent", to_json(changed)); !logged) return logged;
  found->second = std::move(changed);
  return {};
}

Result<void> DomesticPayments::refuse_consent(std::string_view consent_id) {
  const auto found = consents_.find(consent_id);
  CHECK(found != consents_.end(), "{}", consent_id);
  Consent changed = found->second;
  CHECK(changed.status == consent_status::kAwaitingAuthorisation, "{}", changed.status);
  changed.status = consent_status::kRejected;
  changed.reason = {"U033", "The payer refused."};
  changed.updated = clock_.now();
  if (auto logged = log_.append("consent", to_json(changed)); !logged) return logged;
  found->second = std::move(changed);
  return {};
}

Answer<void> DomesticPayments::check_usable(const Consent& consent, StandardVersion version) {
  if (consent.version != version) {
    return refuse("U009", "The consent was made in another version.", "Data.ConsentId");
  }
  if (consent.status != consent_status::kAuthorised) {
    return refuse("U009", fmt::format("The consent is {}.", consent.status), "Data.ConsentId");
  }
  return {};
}

Answer<bool> DomesticPayments::has_funds(const Consent& consent, StandardVersion version) const {
  if (auto usable = check_usable(consent, version); !usable) {
    return std::unexpected(usable.error());
  }
  return books_.available_minor(consent.account_id) >= consent.amount_minor();
}

Answer<void> DomesticPayments::check_order(const Consent& consent, StandardVersion version,
                                           const json::object& body) {
  const json::object& data = body.at("Data").get_object();
  auto difference =
      first_difference(consent.data.at("Initiation"), data.at("Initiation"), "Data.Initiation");
  if (!difference) difference = first_difference(consent.risk, body.at("Risk"), "Risk");
  if (difference) return refuse("U008", "It differs from the consent.", *difference);
  return check_usable(consent, version);
}

Payment DomesticPayments::make_payment(const Consent& consent, MadeFrom made_from, Fault fault) {
  const json::object& initiation = consent.initiation();
  const json::object& creditor = initiation.at("CreditorAccount").get_object();
  Payment payment;
  payment.id = make_id("pay");
  payment.consent_id = consent.id;
  payment.client_id = consent.client_id;
  payment.account_id = consent.account_id;
  payment.amount_minor = consent.amount_minor();
  payment.end_to_end_id = *find_text(initiation, "EndToEndIdentification");
  payment.instruction_id = *find_text(initiation, "InstructionIdentification");
  payment.creditor_account = *find_text(creditor, "Identification");
  payment.creditor_name = *find_text(creditor, "Name");
  payment.created = clock_.now();
  payment.made_from = std::move(made_from);
  if (fault == Fault::Rejected) {
    payment.rejects_later = {"1161", "The receiving bank says that the account is stopped."};
  }
  return payment;
}

Answer<const Payment*> DomesticPayments::submit(const RegisteredClient& client,
                                                StandardVersion version,
                                                std::string_view consent_id,
                                                const json::object& body, MadeFrom made_from,
                                                Fault fault) {
  const std::string slot = idempotency_slot(client.client_id, made_from.idempotency_key);
  const auto before = made_before(payments_, payments_by_key_, slot, made_from, clock_.now());
  if (!before || *before != nullptr) return before;
  if (find_text(body.at("Data").get_object(), "ConsentId") != consent_id) {
    return refuse("U008", "The token is for another consent.", "Data.ConsentId");
  }
  if (auto known = consent_of(client, consent_id); !known) return std::unexpected(known.error());
  Consent& consent = consents_.find(consent_id)->second;
  if (auto checked = check_order(consent, version, body); !checked)
    return std::unexpected(checked.error());

  Payment payment = make_payment(consent, std::move(made_from), fault);
  const bool enough =
      fault != Fault::InsufficientFunds && books_.reserve(payment.account_id, payment.amount_minor);
  const auto kept = enough ? keep(payment, payment_status::kReceived, {"U030", "Received."})
                           : keep(payment, payment_status::kRejected,
                                  {"AM04", "The account does not have enough money."});
  if (!kept) {
    if (enough) books_.release(payment.account_id, payment.amount_minor);
    return not_written(kept.error());
  }
  consent.status = consent_status::kConsumed;
  consent.updated = payment.created;
  order_.push_back(payment.id);
  payments_by_key_[slot] = payment.id;
  const Payment& stored = payments_.emplace(payment.id, std::move(payment)).first->second;
  await_next(stored);
  return &stored;
}

Answer<const Payment*> DomesticPayments::payment_of(const RegisteredClient& client,
                                                    std::string_view id) const {
  const auto found = payments_.find(id);
  if (found == payments_.end()) return refuse("U011", "No such payment.", "DomesticPaymentId");
  if (found->second.client_id != client.client_id) return refuse_bare(403);
  return &found->second;
}

std::vector<const Payment*> DomesticPayments::payments() const {
  std::vector<const Payment*> payments;
  payments.reserve(order_.size());
  for (const std::string& id : order_) payments.push_back(&payments_.find(id)->second);
  return payments;
}

}  // namespace remit::lab::bank
