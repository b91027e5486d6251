#include "lab/sim/model_bank.h"

#include "kit/base/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace remit::lab::sim {
namespace {

using bank::Quirk;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
namespace json = bank::json;

constexpr std::string_view kClientId = "remit";
constexpr std::string_view kSignatureIssuer = "0015800001Remit/remit";
constexpr std::string_view kRedirectUri = "https://remit.example/callback";
constexpr std::string_view kIntentPrefix = "urn:model-bank:";
constexpr std::size_t kAccounts = 5;
constexpr std::int64_t kBalanceMinor = 1'000'000'000;

const bank::PrivateKey& bank_key() {
  static const bank::PrivateKey key = bank::PrivateKey::p256_of("the bank of the simulated world");
  return key;
}

/// Signs with a key that guards nothing, the same bytes always the same.
class RepeatableSigner final : public jose::Signer {
 public:
  jose::Algorithm algorithm() const override { return jose::Algorithm::Es256; }
  const std::string& key_id() const override { return key_id_; }
  Result<Bytes> sign(ByteView bytes) override {
    return key_.sign(bank::SignatureAlgorithm::Es256, bytes);
  }
  const bank::PrivateKey& key() const { return key_; }

 private:
  const bank::PrivateKey key_ = bank::PrivateKey::p256_of("the third party of the simulated world");
  const std::string key_id_ = key_.public_key().thumbprint();
};

RepeatableSigner& own_signer() {
  static RepeatableSigner signer;
  return signer;
}

bank::RegisteredClient registered_client() {
  bank::RegisteredClient client;
  client.client_id = kClientId;
  client.name = "Remit";
  client.signing_keys.add(own_signer().key_id(), own_signer().key().public_key());
  client.redirect_uris = {std::string(kRedirectUri)};
  client.certificate_thumbprint = ModelBank::certificate_thumbprint();
  client.signature_issuer = kSignatureIssuer;
  return client;
}

/// What of the bank's quirks a rail copes with; the rest makes a bank that cannot be used.
constexpr std::array kQuirks{Quirk::MissingLinks,         Quirk::MissingMeta,
                             Quirk::MisspeltRisk,         Quirk::LowerCaseStatus,
                             Quirk::ShortAmount,          Quirk::LongAmount,
                             Quirk::DatesWithoutZone,     Quirk::SpaceBehindIds,
                             Quirk::ExtraFields,          Quirk::ConsentAhead,
                             Quirk::CreatedAs200,         Quirk::NotFoundAs404,
                             Quirk::HtmlErrors,           Quirk::EmptyErrors,
                             Quirk::NoInteractionId,      Quirk::UnsignedAnswers,
                             Quirk::RawPayloadSignatures, Quirk::SignatureTimeAsText,
                             Quirk::RetryAfterDate,       Quirk::IgnoresIdempotencyKey,
                             Quirk::ExpiryAsText,         Quirk::AudienceAsList,
                             Quirk::NoStateHash,          Quirk::NoIntentInTokenAnswer,
                             Quirk::IntentPrefix,         Quirk::LowerCaseTokenType,
                             Quirk::NoExpiresIn,          Quirk::NoScope,
                             Quirk::UnknownKeys};

rails::open_banking_uk::Quirks quirks_of(const bank::Quirks& quirks) {
  return {.unsigned_answers = quirks.has(Quirk::UnsignedAnswers),
          .no_state_hash = quirks.has(Quirk::NoStateHash),
          .no_intent_in_token_answer = quirks.has(Quirk::NoIntentInTokenAnswer),
          .token_without_expiry = quirks.has(Quirk::NoExpiresIn),
          .ignores_idempotency_key = quirks.has(Quirk::IgnoresIdempotencyKey),
          .intent_prefix = quirks.has(Quirk::IntentPrefix) ? std::string(kIntentPrefix) : ""};
}

json::object rate(std::string_view call, std::string_view fault, std::uint32_t per_mille) {
  return {{"call", call}, {"fault", fault}, {"per_mille", std::int64_t{per_mille}}};
}

json::array rates_of(const Rates& rates) {
  json::array all;
  for (const std::string_view call : {"token", "consent", "consent_read", "payment", "payment_read",
                                      "funds_confirmation", "events"}) {
    all.push_back(rate(call, "slow", rates.bank_slow));
    all.push_back(rate(call, "timeout_before", rates.bank_silent_before));
    all.push_back(rate(call, "timeout_after", rates.bank_silent_after));
    all.push_back(rate(call, "server_error_before", rates.bank_fails_before));
    all.push_back(rate(call, "server_error_after", rates.bank_fails_after));
    all.push_back(rate(call, "too_many_requests", rates.bank_throttles));
    if (call != "token") all.push_back(rate(call, "bad_signature", rates.bank_signs_wrongly));
  }
  all.push_back(rate("payment", "rejected", rates.bank_rejects_later));
  all.push_back(rate("payment", "insufficient_funds", rates.bank_has_no_funds));
  all.push_back(rate("payment_read", "wrong_status", rates.bank_tells_old_status));
  all.push_back(rate("event", "lost", rates.events_lost));
  all.push_back(rate("event", "duplicate", rates.events_doubled));
  all.push_back(rate("event", "slow", rates.events_slow));
  all.push_back(rate("event", "bad_signature", rates.events_signed_wrongly));
  all.push_back(rate("event", "unknown_payment", rates.events_of_nothing));
  return all;
}

}  // namespace

jose::Signer& ModelBank::signer() {
  return own_signer();
}

ModelBank::ModelBank(Ports ports, const Rates& rates)
    : ports_(ports),
      entropy_(ports.random.next()),
      push_client_(ports.network.connect("bank", ports.host, "")) {
  service_ = std::make_unique<bank::BankService>(draw_options(rates), bank_key(), ports_.host,
                                                 entropy_, [this] { return push_client_.get(); });
  const Result<void> opened = service_->open([]() -> Result<std::string> { return std::string(); });
  CHECK(opened.has_value(), "the bank does not open: {}", opened.error().describe());
  set_faults(rates);
  serve();
}

ModelBank::~ModelBank() {
  ports_.network.take_down(kBankHost);
}

bank::BankOptions ModelBank::draw_options(const Rates& rates) {
  Random& random = ports_.random;
  const auto up_to = [&](Duration most) {
    return Duration(
        static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(most.count()) + 1)));
  };
  bank::BankOptions options;
  options.issuer = fmt::format("https://{}", kBankHost);
  options.algorithm = bank::SignatureAlgorithm::Es256;
  options.automatic_payer = true;
  options.fault_seed = random.next() >> 1U;
  options.clients.push_back(registered_client());
  options.accounts = bank::sandbox_accounts(kAccounts, kBalanceMinor);
  options.received_to_in_process = up_to(seconds(20));
  options.in_process_to_completed = up_to(seconds(60));
  const bool credits = random.below(2) == 0;
  if (credits) options.completed_to_credited = up_to(seconds(60));
  options.late_event = up_to(minutes(5));
  options.event_retry_delay = seconds(2);
  options.access_token_lifetime = random.below(2) == 0 ? seconds(90) : minutes(60);
  options.refresh_tokens = static_cast<bank::RefreshTokens>(random.below(3));
  options.slow_answer = up_to(seconds(25));
  draw_quirks(rates, options.quirks);
  const bool raw = random.below(4) == 0;
  if (raw) options.payload_encoding = bank::PayloadEncoding::Unencoded;
  const bool is_old = random.below(2) == 0;
  event_delivery_ = static_cast<payments::EventDelivery>(random.below(3));
  const std::string root =
      fmt::format("{}/open-banking/{}", options.issuer, is_old ? "v3.1" : "v4.0");
  rail_options_ = {
      .name = "model",
      .issuer = options.issuer,
      .api_url = root + "/pisp",
      .events_url = root,
      .version =
          is_old ? rails::open_banking_uk::ApiVersion::V3 : rails::open_banking_uk::ApiVersion::V4,
      .client_id = std::string(kClientId),
      .redirect_uri = std::string(kRedirectUri),
      .signature_issuer = std::string(kSignatureIssuer),
      .bank_signature_issuer = options.organisation_id,
      .payload_encoding = raw ? jose::PayloadEncoding::Raw : jose::PayloadEncoding::Base64Url,
      .bank_algorithm = jose::Algorithm::Es256,
      .quirks = quirks_of(options.quirks),
      .confirms_funds = random.below(3) == 0,
      .reports_credit_settlement = credits,
      .status_poll_interval = up_to(seconds(10))};
  return options;
}

void ModelBank::draw_quirks(const Rates& rates, bank::Quirks& quirks) {
  for (const Quirk quirk : kQuirks) {
    if (ports_.random.chance(rates.quirk)) quirks.set(quirk);
  }
}

void ModelBank::set_faults(const Rates& rates) {
  const Result<void> set = service_->faults().configure({{"rates", rates_of(rates)}});
  CHECK(set.has_value(), "{}", set.error().describe());
}

void ModelBank::serve() {
  ports_.network.serve(
      std::string(kBankHost),
      [this, api = service_->api()](net::HttpRequest request, net::Responder respond) {
        witness(request);
        std::string path = request.method == "GET" ? request.path : std::string();
        api(std::move(request), [this, path = std::move(path),
                                 respond = std::move(respond)](net::HttpResponse response) mutable {
          witness_status(path, response);
          respond(std::move(response));
        });
      },
      Network::Answers::Signed);
}

void ModelBank::witness(const net::HttpRequest& request) {
  if (request.method != "POST" || !request.path.ends_with("/domestic-payments")) return;
  const auto body = bank::parse_json_object(request.body);
  const json::object* data = body ? bank::find_object(*body, "Data") : nullptr;
  const json::object* order = data == nullptr ? nullptr : bank::find_object(*data, "Initiation");
  CHECK(order != nullptr, "an order without an initiation: {}", request.body);
  keys_[std::string(*bank::find_text(*order, "EndToEndIdentification"))].emplace(
      request.headers.find("x-idempotency-key").value_or(""));
}

void ModelBank::witness_status(const std::string& path, const net::HttpResponse& response) {
  if (!path.contains("/domestic-payments/") || response.status != 200) return;
  const auto body = bank::parse_json_object(response.body);
  const json::object* data = body ? bank::find_object(*body, "Data") : nullptr;
  const auto status = data == nullptr ? std::nullopt : bank::find_text(*data, "Status");
  if (!status) return;
  std::vector<std::string>& told = statuses_told_[path];
  if (!told.empty() && told.back() == *status) return;
  if (std::ranges::find(told, *status) != told.end()) {
    ports_.sometimes.mark(Rare::StatusOutOfOrder);
  }
  told.emplace_back(*status);
}

std::vector<Order> ModelBank::orders() const {
  std::vector<Order> orders;
  const bank::DomesticPayments& books = service_->payments();
  for (const bank::Payment* payment : books.payments()) {
    orders.push_back({.end_to_end_id = payment->end_to_end_id,
                      .bank_payment_id = payment->id,
                      .pence = payment->amount_minor,
                      .executions = books.books().executions_of(payment->id),
                      .rejected = payment->present().status == bank::payment_status::kRejected});
  }
  return orders;
}

std::uint64_t ModelBank::rejected_later() const {
  const auto payments = service_->payments().payments();
  return static_cast<std::uint64_t>(std::ranges::count_if(payments, [](const auto* payment) {
    return payment->history.size() > 1 &&
           payment->present().status == bank::payment_status::kRejected;
  }));
}

}  // namespace remit::lab::sim
