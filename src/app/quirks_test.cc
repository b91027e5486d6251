#include "app/server_config.h"
#include "kit/net/curl_client.h"
#include "lab/bank/bank.h"
#include "lab/bank/sandbox.h"
#include "lab/bank/url.h"
#include "rails/open_banking_uk/open_banking_uk_rail.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <future>
#include <thread>
#include <unistd.h>

/// Every way in which the model bank can deviate from the standard, against the rail, over mutual TLS: taken silently, taken
/// with a switch, or refused with a reason of its own.
namespace remit::app {
namespace {

using lab::bank::Quirk;
using rails::open_banking_uk::ApiVersion;
using rails::open_banking_uk::OpenBankingUkRail;
using rails::open_banking_uk::Options;
using Switches = rails::open_banking_uk::Quirks;

constexpr std::string_view kShop = "https://shop.example/back";

struct Place {
  Place() {
    SystemClock clock;
    sandbox = *lab::bank::write_sandbox(directory, {std::string(kShop)}, clock.now());
  }
  ~Place() { std::filesystem::remove_all(directory); }
  std::string directory =
      std::filesystem::temp_directory_path() / fmt::format("remit-quirks-{}", getpid());
  lab::bank::Sandbox sandbox;
};

/// Keys take long to make: one place serves every test.
const Place& place() {
  static const Place made;
  return made;
}

template <class T>
struct Waiting {
  std::promise<T> promise;
  std::future<T> future = promise.get_future();
  auto callback() {
    return [this](T value) { promise.set_value(std::move(value)); };
  }
  T get() { return future.get(); }
};

/// A bank with these quirks, and a rail with these switches.
class QuirkyBank {
 public:
  QuirkyBank(std::initializer_list<Quirk> quirks, const Switches& switches,
             ApiVersion version = ApiVersion::V4) {
    lab::bank::BankOptions options = sandbox_.options;
    options.automatic_payer = true;
    options.received_to_in_process = std::chrono::milliseconds(1);
    options.in_process_to_completed = std::chrono::milliseconds(1);
    for (const Quirk quirk : quirks) options.quirks.set(quirk);
    bank_ = *lab::bank::Bank::start(options, *host_, entropy_);
    http_ = *net::CurlClient::start(
        {.tls = net::TlsFiles{sandbox_.pki.transport_certificate(), sandbox_.pki.transport_key(),
                              sandbox_.pki.authority_certificate()}});
    signer_ = *jose::PemSigner::load(sandbox_.pki.tpp_signing_key(), sandbox_.tpp_signing_kid);
    Options rail{.name = "quirky",
                 .issuer = bank_->url(),
                 .api_url = fmt::format("{}/open-banking/{}/pisp", bank_->url(),
                                        version == ApiVersion::V4 ? "v4.0" : "v3.1"),
                 .version = version,
                 .client_id = sandbox_.client_id,
                 .redirect_uri = std::string(kShop),
                 .signature_issuer = sandbox_.signature_issuer,
                 .bank_signature_issuer = sandbox_.options.organisation_id,
                 .quirks = switches};
    rail_ = std::make_unique<OpenBankingUkRail>(
        rail, rails::open_banking_uk::Ports{*http_, *signer_, clock_, entropy_});
  }
  ~QuirkyBank() { http_.reset(); }

  /// How far a payment comes: "executed", or the reason for which it stops.
  std::string pay() {
    const std::string stopped = authorise();
    if (!stopped.empty()) return stopped;
    const rails::SubmissionOutcome outcome = submit();
    if (const auto* unknown = std::get_if<rails::Unknown>(&outcome)) return unknown->error.reason;
    if (const auto* refused = std::get_if<rails::Rejected>(&outcome)) return refused->error.reason;
    if (const auto* waits = std::get_if<rails::NotSent>(&outcome)) return waits->error.reason;
    bank_payment_id = std::get<rails::Accepted>(outcome).report.bank_payment_id;
    for (int i = 0; i < 200; ++i) {
      const Result<rails::StatusReport> report = status(bank_payment_id);
      if (!report) return report.error().reason;
      if (terms::is_executed(report->status)) return "executed";
      if (report->raw_status == "AcceptedByTheBank") {
        return fmt::format("{}: {}", terms::status_code(report->status), report->raw_status);
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return "stands still";
  }

  /// The payer's approval and the token; empty, or the reason for which it stops.
  std::string authorise() {
    Waiting<Result<rails::ConsentCreated>> consent;
    rail_->authorise(submission_.instruction, "key-consent", consent.callback());
    const auto made = consent.get();
    if (!made) return made.error().reason;
    const auto page = net::send_and_wait(*http_, {.method = "GET", .url = made->authorisation_url});
    if (!page) return page.error().reason;
    const std::string_view location = page->headers.find("Location").value_or("");
    const auto fragment =
        lab::bank::Form::parse(location.substr(std::min(location.find('#') + 1, location.size())));
    Waiting<Result<rails::Authorisation>> authorisation;
    rail_->exchange({.consent_id = made->consent_id,
                     .nonce = made->nonce,
                     .state = made->state,
                     .code = fragment->find("code").value_or(""),
                     .id_token = fragment->find("id_token").value_or("")},
                    authorisation.callback());
    const auto granted = authorisation.get();
    if (!granted) return granted.error().reason;
    submission_.consent_id = made->consent_id;
    submission_.access_token = granted->access_token;
    submission_.idempotency_key = "key-order";
    submission_.first_sent_at = clock_.now();
    submission_.sent_before = clock_.now();
    return "";
  }
  rails::SubmissionOutcome submit() {
    Waiting<rails::SubmissionOutcome> outcome;
    rail_->submit(submission_, outcome.callback());
    return outcome.get();
  }
  Result<rails::StatusReport> status(const std::string& id) {
    Waiting<Result<rails::StatusReport>> report;
    rail_->status(id, report.callback());
    return report.get();
  }
  std::string resolve() {
    Waiting<Result<rails::Resolution>> resolution;
    rail_->resolve(submission_, resolution.callback());
    const auto found = resolution.get();
    if (!found) return found.error().reason;
    if (const auto* executed = std::get_if<rails::FoundExecuted>(&*found))
      return executed->evidence;
    if (const auto* not_executed = std::get_if<rails::FoundNotExecuted>(&*found)) {
      return "not executed: " + not_executed->evidence;
    }
    if (!std::holds_alternative<rails::ReplayAllowed>(*found)) return "unknown";
    return std::holds_alternative<rails::Accepted>(submit()) ? "idempotent_replay" : "unknown";
  }
  void fail_next(std::string_view call, std::string_view fault) {
    net::ClientRequest request{
        .method = "POST",
        .url = bank_->control_url() + "/sandbox/faults",
        .body = fmt::format(R"({{"one_shots":[{{"call":"{}","fault":"{}"}}]}})", call, fault)};
    request.headers.add("Content-Type", "application/json");
    EXPECT_EQ(net::send_and_wait(*http_, std::move(request))->status, 200);
  }
  rails::Capabilities capabilities() { return rail_->capabilities(); }

  std::string bank_payment_id;

 private:
  const lab::bank::Sandbox& sandbox_ = place().sandbox;
  SystemClock clock_;
  SystemEntropy entropy_;
  std::unique_ptr<Host> host_ = make_thread_host(clock_);
  std::unique_ptr<lab::bank::Bank> bank_;
  std::unique_ptr<net::CurlClient> http_;
  std::unique_ptr<jose::PemSigner> signer_;
  std::unique_ptr<OpenBankingUkRail> rail_;
  rails::Submission submission_{
      .instruction = {.payment = *TypeId::parse("pay_01h455vb4pex5vsknk084sn02q"),
                      .amount = {1250, Currency::of("GBP")},
                      .creditor = {terms::AccountScheme::SortCodeAccountNumber, "08080021325698"},
                      .creditor_name = "Shop Ltd",
                      .reference = "INV 1",
                      .instruction_id = "i-1",
                      .end_to_end_id = "e-1",
                      .debtor = {}}};
};

class HarmlessQuirk : public testing::TestWithParam<Quirk> {};

TEST_P(HarmlessQuirk, IsTakenSilentlyInBothVersions) {
  for (const ApiVersion version : {ApiVersion::V4, ApiVersion::V3}) {
    QuirkyBank bank({GetParam()}, {}, version);
    EXPECT_EQ(bank.pay(), "executed");
  }
}
INSTANTIATE_TEST_SUITE_P(
    Quirks, HarmlessQuirk,
    testing::Values(Quirk::MissingLinks, Quirk::MissingMeta, Quirk::MisspeltRisk,
                    Quirk::LowerCaseStatus, Quirk::ShortAmount, Quirk::LongAmount,
                    Quirk::DatesWithoutZone, Quirk::SpaceBehindIds, Quirk::ExtraFields,
                    Quirk::ConsentAhead, Quirk::CreatedAs200, Quirk::NoInteractionId,
                    Quirk::RawPayloadSignatures, Quirk::SignatureTimeAsText, Quirk::ExpiryAsText,
                    Quirk::AudienceAsList, Quirk::LowerCaseTokenType, Quirk::NoScope,
                    Quirk::UnknownKeys),
    [](const auto& test) { return std::string(lab::bank::quirk_name(test.param)); });

struct Switched {
  Quirk quirk;
  std::string_view refused;  ///< While the switch is off.
  std::string_view taken;    ///< While it is on.
  Switches switches;
};

class SwitchedQuirk : public testing::TestWithParam<Switched> {};

TEST_P(SwitchedQuirk, IsRefusedByNameUnlessItsSwitchIsOn) {
  QuirkyBank strict({GetParam().quirk}, {});
  EXPECT_EQ(strict.pay(), GetParam().refused);
  QuirkyBank lenient({GetParam().quirk}, GetParam().switches);
  EXPECT_EQ(lenient.pay(), GetParam().taken);
}
INSTANTIATE_TEST_SUITE_P(
    Quirks, SwitchedQuirk,
    testing::Values(
        Switched{
            Quirk::UnsignedAnswers, "signature_missing", "executed", {.unsigned_answers = true}},
        Switched{
            Quirk::NoStateHash, "id_token_state_hash_missing", "executed", {.no_state_hash = true}},
        Switched{Quirk::NoIntentInTokenAnswer,
                 "id_token_intent_missing",
                 "executed",
                 {.no_intent_in_token_answer = true}},
        Switched{Quirk::IntentPrefix,
                 "id_token_intent",
                 "executed",
                 {.intent_prefix = "urn:model-bank:"}},
        Switched{Quirk::NoExpiresIn, "token_expiry", "executed", {.token_without_expiry = true}},
        Switched{Quirk::UnknownStatus,
                 "status_unknown",
                 "PDNG: AcceptedByTheBank",
                 {.unknown_status_is_pending = true}}),
    [](const auto& test) { return std::string(lab::bank::quirk_name(test.param.quirk)); });

TEST(RefusedQuirks, ACompressedAnswerIsNotBelieved) {
  EXPECT_EQ(QuirkyBank({Quirk::CompressedAnswers}, {}).pay(), "answer_compressed");
}

TEST(RefusedQuirks, ASwitchForOneCheckOpensNoOther) {
  const Switches all_but_signatures{.no_state_hash = true,
                                    .no_intent_in_token_answer = true,
                                    .token_without_expiry = true,
                                    .unknown_status_is_pending = true};
  EXPECT_EQ(QuirkyBank({Quirk::UnsignedAnswers}, all_but_signatures).pay(), "signature_missing");
  EXPECT_EQ(QuirkyBank({Quirk::IntentPrefix}, {.no_intent_in_token_answer = true}).pay(),
            "id_token_intent");
  QuirkyBank unsigned_bank({}, {.unsigned_answers = true});
  EXPECT_EQ(unsigned_bank.authorise(), "");
  unsigned_bank.fail_next("payment", "bad_signature");
  const auto outcome = unsigned_bank.submit();
  ASSERT_TRUE(std::holds_alternative<rails::Unknown>(outcome));
  EXPECT_EQ(std::get<rails::Unknown>(outcome).error.reason, "signature_invalid");
}

TEST(QuirksOfErrors, WhoeverWroteThemTheyProveNothing) {
  for (const Quirk quirk : {Quirk::HtmlErrors, Quirk::EmptyErrors}) {
    QuirkyBank bank({quirk}, {});
    ASSERT_EQ(bank.authorise(), "");
    bank.fail_next("payment", "server_error_after");
    EXPECT_TRUE(std::holds_alternative<rails::Unknown>(bank.submit()));
    EXPECT_EQ(bank.resolve(), "idempotent_replay");
  }
}

TEST(QuirksOfErrors, AnUnknownPaymentIsNoNewsWhateverTheStatusCode) {
  for (const auto& quirks : {std::initializer_list<Quirk>{}, {Quirk::NotFoundAs404}}) {
    QuirkyBank bank(quirks, {});
    const auto report = bank.status("pay-nobody");
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().reason, "status_unavailable");
  }
}

TEST(QuirksOfErrors, RetryAfterMayBeADate) {
  QuirkyBank bank({Quirk::RetryAfterDate}, {});
  ASSERT_EQ(bank.authorise(), "");
  bank.fail_next("payment", "too_many_requests");
  const auto outcome = bank.submit();
  ASSERT_TRUE(std::holds_alternative<rails::NotSent>(outcome));
  const auto after = std::get<rails::NotSent>(outcome).retry_after;
  ASSERT_TRUE(after);
  EXPECT_GE(*after, std::chrono::seconds(1));
  EXPECT_LE(*after, std::chrono::seconds(3));
}

TEST(QuirksOfReplays, ABankThatIgnoresKeysIsNeverAskedTwice) {
  QuirkyBank bank({Quirk::IgnoresIdempotencyKey}, {.ignores_idempotency_key = true});
  EXPECT_EQ(bank.capabilities().idempotency_window, Duration{0});
  ASSERT_EQ(bank.authorise(), "");
  bank.fail_next("payment", "server_error_before");
  EXPECT_TRUE(std::holds_alternative<rails::Unknown>(bank.submit()));
  EXPECT_EQ(bank.resolve(), "unknown") << "a replay would have made the payment";
  EXPECT_EQ(bank.resolve(), "unknown");
}

TEST(QuirksOfReplays, AConsentThatReadsAsConsumedIsNoEvidence) {
  QuirkyBank bank({Quirk::ConsentAhead}, {.ignores_idempotency_key = true});
  ASSERT_EQ(bank.authorise(), "");
  bank.fail_next("payment", "server_error_before");
  EXPECT_TRUE(std::holds_alternative<rails::Unknown>(bank.submit()));
  EXPECT_EQ(bank.resolve(), "unknown");
}

TEST(QuirksOfTheConfiguration, AreATableOfTheBankAndTheWeakOnesAreTold) {
  const Result<ServerConfig> config = service::load_config<ServerConfig>(
      {.text = "[[banks]]\nname = \"old\"\nversion = \"3.1.11\"\n"
               "[banks.quirks]\nunsigned_answers = true\nignores_idempotency_key = true\n"
               "intent_prefix = \"urn:old:\"\n[[banks]]\nname = \"new\"\n",
       .environment = {}});
  ASSERT_TRUE(config) << config.error().describe();
  const Switches expected{
      .unsigned_answers = true, .ignores_idempotency_key = true, .intent_prefix = "urn:old:"};
  EXPECT_EQ(config->banks.at(0).quirks, expected);
  EXPECT_EQ(config->banks.at(0).version, "3.1.11");
  EXPECT_EQ(rails::open_banking_uk::relaxations(expected),
            std::vector<std::string_view>{"unsigned_answers"});
  EXPECT_EQ(config->banks.at(1).quirks, Switches{});
  EXPECT_EQ(config->banks.at(1).version, "4.0");
  EXPECT_FALSE(service::load_config<ServerConfig>(
      {.text = "[[banks]]\nname = \"old\"\n[banks.quirks]\nbelieves_everything = true\n",
       .environment = {}}));
}

}  // namespace
}  // namespace remit::app
