#include "app/registration/bank_registration.h"
#include "kit/base/codec/golden_test.h"
#include "kit/base/codec/json.h"
#include "kit/base/durable_file.h"
#include "kit/base/manual_host.h"
#include "kit/net/curl_client.h"
#include "lab/bank/bank.h"
#include "lab/bank/sandbox.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <unistd.h>

/// `remit banks` against the model bank, over mutual TLS: what is on the disk after every way in which it can go.
namespace remit::app {
namespace {

struct Place {
  Place() {
    SystemClock clock;
    sandbox = *lab::bank::write_sandbox(directory, {"https://shop.example/callback"}, clock.now());
  }
  ~Place() { std::filesystem::remove_all(directory); }
  std::string directory =
      std::filesystem::temp_directory_path() / fmt::format("remit-registration-{}", getpid());
  lab::bank::Sandbox sandbox;
};

/// Keys take long to make: one place serves every test.
const Place& place() {
  static const Place made;
  return made;
}

class BankRegistrationTest : public testing::Test {
 protected:
  void SetUp() override {
    lab::bank::BankOptions options = sandbox_.options;
    options.clients.clear();
    options.silence = std::chrono::seconds(3);
    bank_ = *lab::bank::Bank::start(options, *host_, entropy_);
    http_ = *net::CurlClient::start({.name = "controls"});
    config_.http.public_url = "https://shop.example";
    section_ = {.name = "model-bank",
                .issuer = bank_->url(),
                .api_url = bank_->url() + "/open-banking/v4.0/pisp",
                .registration_file = place().directory + "/registration.json",
                .software_statement = sandbox_.software_statement_file,
                .signature_issuer = sandbox_.signature_issuer,
                .bank_signature_issuer = options.organisation_id,
                .signing_key = sandbox_.pki.tpp_signing_key(),
                .signing_key_id = sandbox_.tpp_signing_kid,
                .transport_certificate = sandbox_.pki.transport_certificate(),
                .transport_key = sandbox_.pki.transport_key(),
                .trusted_authorities = sandbox_.pki.authority_certificate(),
                .call_timeout = std::chrono::seconds(10)};
    std::filesystem::remove(section_.registration_file);
  }

  /// As a process of its own would.
  std::unique_ptr<BankRegistration> open(Clock& clock) {
    auto opened = BankRegistration::open(config_, section_, clock, entropy_, "user:test");
    EXPECT_TRUE(opened) << opened.error().describe();
    return *std::move(opened);
  }
  std::unique_ptr<BankRegistration> open() { return open(clock_); }
  template <class T>
  static std::string reason(const Result<T>& result) {
    return result ? "done" : result.error().reason;
  }
  RegistrationRecord record() {
    const auto read = read_registration_record(section_.registration_file);
    EXPECT_TRUE(read && *read) << reason(read);
    return read && *read ? **read : RegistrationRecord();
  }
  std::string post(const std::string& path, const std::string& body) {
    net::ClientRequest request{.method = "POST", .url = bank_->control_url() + path, .body = body};
    request.headers.add("Content-Type", "application/json");
    return net::send_and_wait(*http_, std::move(request))->body;
  }
  void fail_next(std::string_view fault) {
    const std::string answer =
        post("/sandbox/faults",
             fmt::format(R"({{"one_shots":[{{"call":"registration","fault":"{}"}}]}})", fault));
    EXPECT_NE(answer.find(fault), std::string::npos) << answer;
    const bool silent = fault.starts_with("timeout");
    section_.call_timeout = std::chrono::seconds(silent ? 1 : 10);
  }
  /// The ids that the bank knows: what its service desk would say.
  std::vector<std::string> known() {
    const auto answer = net::send_and_wait(
        *http_, {.method = "GET", .url = bank_->control_url() + "/sandbox/clients"});
    const auto document = codec::JsonDocument::parse(answer->body, {});
    const codec::JsonNode* clients = document->root().find("clients");
    std::vector<std::string> ids;
    const codec::JsonNode* client = clients->first();
    for (std::uint32_t i = 0; i < clients->count; ++i, client = client->next()) {
      ids.emplace_back(client->find("client_id")->text);
    }
    return ids;
  }
  /// What `remit serve` would say of the configuration.
  std::string problems() {
    ServerConfig config = config_;
    config.banks.push_back(section_);
    return fmt::format("{}", fmt::join(check(config), "\n"));
  }

  const lab::bank::Sandbox& sandbox_ = place().sandbox;
  SystemClock clock_;
  SystemEntropy entropy_;
  std::unique_ptr<Host> host_ = make_thread_host(clock_);
  std::unique_ptr<lab::bank::Bank> bank_;
  std::unique_ptr<net::CurlClient> http_;
  ServerConfig config_;
  BankSection section_;
};

TEST_F(BankRegistrationTest, IsMadeReadChangedAndEnded) {
  EXPECT_NE(problems().find("unregistered; see `remit banks register model-bank`"),
            std::string::npos)
      << problems();
  EXPECT_EQ(reason(open()->read()), "registration_missing");
  const auto made = open()->create();
  ASSERT_TRUE(made) << made.error().describe();
  EXPECT_FALSE(made->unfit);
  EXPECT_EQ(known(), std::vector<std::string>{made->client_id});
  EXPECT_EQ(record().state, RegistrationState::Registered);
  EXPECT_EQ(record().client_id, made->client_id);
  EXPECT_EQ(record().requested_by, "user:test");
  section_.client_id = "other";
  EXPECT_NE(problems().find("leave client_id out"), std::string::npos);
  section_.client_id = made->client_id;
  EXPECT_EQ(problems(), "");
  const auto mode = std::filesystem::status(section_.registration_file).permissions();
  EXPECT_EQ(mode, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);

  EXPECT_EQ(reason(open()->create()), "registration_exists");
  EXPECT_EQ(reason(open()->adopt(made->client_id)), "registration_exists");
  EXPECT_EQ(open()->read()->client_id, made->client_id);
  EXPECT_EQ(open()->update()->client_id, made->client_id);
  EXPECT_EQ(reason(open()->remove("other")), "registration_client_id_differs");
  EXPECT_EQ(reason(open()->remove(made->client_id)), "done");
  EXPECT_TRUE(known().empty());
  EXPECT_EQ(record().state, RegistrationState::Unregistered);
  EXPECT_EQ(record().earlier.back().outcome, "deleted");
  EXPECT_EQ(record().earlier.back().client_id, made->client_id);
  EXPECT_EQ(reason(open()->create()), "done");
}

TEST_F(BankRegistrationTest, AnUnknownOutcomeIsRememberedAndNeverDoubled) {
  for (const std::string_view fault : {"timeout_after", "server_error_after"}) {
    fail_next(fault);
    const auto made = open()->create();
    EXPECT_EQ(reason(made), "registration_outcome_unknown") << fault;
    EXPECT_EQ(made.error().code, ErrorCode::OutcomeUnknown);
    section_.call_timeout = std::chrono::seconds(10);
    ASSERT_EQ(known().size(), 1u) << "it was made";
    EXPECT_EQ(record().state, RegistrationState::Requested);
    EXPECT_EQ(reason(open()->create()), "registration_outcome_unknown");
    EXPECT_EQ(reason(open()->read()), "registration_outcome_unknown");
    EXPECT_EQ(reason(open()->abandon("telephone")), "registration_request_in_flight");
    EXPECT_EQ(known().size(), 1u) << "and not a second time";
    EXPECT_EQ(reason(open()->adopt("somebody")), "invalid_client");
    EXPECT_EQ(record().state, RegistrationState::Requested);
    EXPECT_EQ(open()->adopt(known().front())->client_id, known().front());
    EXPECT_EQ(record().state, RegistrationState::Registered);
    EXPECT_EQ(reason(open()->remove(record().client_id)), "done");
  }
}

TEST_F(BankRegistrationTest, ARequestThatNeverArrivedIsGivenUpForAReasonOnceItCannotArrive) {
  fail_next("timeout_before");
  EXPECT_EQ(reason(open()->create()), "registration_outcome_unknown");
  EXPECT_TRUE(known().empty());
  ManualClock later(clock_.now() + std::chrono::minutes(6));
  EXPECT_EQ(reason(open(later)->abandon("the service desk: no client of ours")), "done");
  EXPECT_EQ(record().earlier.back().outcome, "abandoned: the service desk: no client of ours");
  EXPECT_EQ(record().earlier.back().by, "user:test");
  EXPECT_EQ(reason(open()->abandon("again")), "registration_not_unknown");
  EXPECT_EQ(reason(open()->create()), "done");
}

TEST_F(BankRegistrationTest, ASenderThatDiedLeavesItsRequestBehind) {
  // What is on the disk when the process ends between the write and the answer.
  RegistrationRecord asked;
  asked.state = RegistrationState::Requested;
  asked.issuer = section_.issuer;
  asked.request_expires_at = clock_.now() + std::chrono::minutes(5);
  ASSERT_TRUE(RegistrationFile::open(section_.registration_file)->write(asked));
  EXPECT_EQ(reason(open()->create()), "registration_outcome_unknown");
  EXPECT_TRUE(known().empty());
}

TEST_F(BankRegistrationTest, WhatTheBankPlainlyDidNotDoMayBeTriedAgain) {
  fail_next("too_many_requests");
  EXPECT_EQ(reason(open()->create()), "registration_throttled");
  EXPECT_EQ(record().state, RegistrationState::Unregistered);
  section_.registration_audience = "somebody-else";
  EXPECT_EQ(reason(open()->create()), "invalid_client_metadata");
  EXPECT_EQ(record().earlier.back().outcome, "not registered: invalid_client_metadata");
  section_.registration_audience.clear();
  section_.registration_endpoint = "https://127.0.0.1:1/register";
  EXPECT_EQ(reason(open()->create()), "not_connected");
  section_.registration_endpoint.clear();
  EXPECT_EQ(reason(open()->create()), "done");
}

TEST_F(BankRegistrationTest, AWeakRegistrationIsKeptButNotUsed) {
  fail_next("weakened");
  const auto made = open()->create();
  ASSERT_TRUE(made) << made.error().describe();
  ASSERT_TRUE(made->unfit);
  EXPECT_EQ(made->unfit->reason, "registration_id_token_algorithm");
  EXPECT_EQ(record().state, RegistrationState::Unfit);
  EXPECT_EQ(record().client_id, made->client_id) << "so that it can be ended";
  section_.client_id = made->client_id;
  EXPECT_NE(problems().find("unfit"), std::string::npos);
  EXPECT_EQ(reason(open()->create()), "registration_unfit");
  fail_next("narrowed");
  const auto changed = open()->update();
  ASSERT_TRUE(changed) << changed.error().describe();
  EXPECT_FALSE(changed->unfit);
  EXPECT_EQ(changed->remarks.size(), 3u);
  EXPECT_EQ(record().state, RegistrationState::Registered);
}

TEST_F(BankRegistrationTest, ADeletionIsRepeatedUntilItIsKnownToBeDone) {
  const std::string id = open()->create()->client_id;
  fail_next("server_error_before");
  EXPECT_EQ(reason(open()->remove(id)), "registration_failed");
  EXPECT_EQ(record().state, RegistrationState::Deleting);
  EXPECT_EQ(reason(open()->create()), "registration_deletion_unfinished");
  EXPECT_EQ(reason(open()->update()), "registration_deletion_unfinished");
  fail_next("timeout_after");
  EXPECT_EQ(reason(open()->remove(id)), "response_timeout");
  EXPECT_TRUE(known().empty());
  EXPECT_EQ(reason(open()->remove(id)), "done") << "the bank knows us no more: that was it";
  EXPECT_EQ(record().state, RegistrationState::Unregistered);
}

TEST_F(BankRegistrationTest, ADeletionThatTheBankRefusesChangesNothing) {
  const std::string id = open()->create()->client_id;
  fail_next("too_many_requests");
  EXPECT_EQ(reason(open()->remove(id)), "registration_throttled");
  EXPECT_EQ(record().state, RegistrationState::Registered);
}

TEST_F(BankRegistrationTest, TheTokenOfARegistrationIsUsedAndKeptFromView) {
  post("/sandbox/quirks", R"({"quirks":["registration_tokens"]})");
  const auto made = open()->create();
  ASSERT_TRUE(made) << made.error().describe();
  const std::string token = record().access_token;
  EXPECT_FALSE(token.empty());
  EXPECT_EQ(record().metadata.text.find(token), std::string::npos);
  EXPECT_EQ(open()->read()->client_id, made->client_id);
  EXPECT_EQ(reason(open()->remove(made->client_id)), "done");
  EXPECT_EQ(record().access_token, "");
}

TEST_F(BankRegistrationTest, ATokenThatComesInTheOldOnesPlaceIsKeptAlsoWithWhatIsUnfit) {
  post("/sandbox/quirks", R"({"quirks":["registration_tokens","renewed_registration_tokens"]})");
  const auto made = open()->create();
  ASSERT_TRUE(made) << made.error().describe();
  const std::string first = record().access_token;
  fail_next("weakened");
  const auto weak = open()->read();
  ASSERT_TRUE(weak) << weak.error().describe();
  ASSERT_TRUE(weak->unfit);
  EXPECT_EQ(weak->unfit->reason, "registration_id_token_algorithm");
  const std::string second = record().access_token;
  EXPECT_NE(second, first);
  EXPECT_EQ(reason(open()->read()), "done") << "the first one is spent";
  EXPECT_NE(record().access_token, second);
  EXPECT_EQ(reason(open()->remove(made->client_id)), "done");
}

TEST(TakeAccess, TakesOfAnAnswerWhatItsDefectLeavesWorthTaking) {
  const auto taken = [](const std::string& defect) {
    BankRegistration::Registration answer{
        .client_id = "client-9", .client_uri = "https://bank/new", .access_token = "new"};
    if (!defect.empty())
      answer.unfit = Error{ErrorCode::FailedPrecondition, defect, {}, {}, nullptr};
    RegistrationRecord record;
    record.client_uri = "https://bank/old";
    record.access_token = "old";
    take_access(answer, record);
    return record.access_token + " " + record.client_uri;
  };
  EXPECT_EQ(taken(""), "new https://bank/new");
  EXPECT_EQ(taken("registration_scope"), "new https://bank/new");
  EXPECT_EQ(taken("registration_client_uri_foreign"), "new https://bank/old");
  EXPECT_EQ(taken("registration_client_id_differs"), "old https://bank/old");
}

TEST(TakeAccess, WhatAnAnswerDoesNotSayStays) {
  RegistrationRecord record;
  record.client_uri = "https://bank/old";
  record.access_token = "old";
  BankRegistration::Registration answer;
  answer.client_id = "client-9";
  take_access(answer, record);
  EXPECT_EQ(record.access_token, "old");
  EXPECT_EQ(record.client_uri, "https://bank/old");
}

TEST_F(BankRegistrationTest, OurCertificateCanProveUs) {
  section_.client_authentication = rails::open_banking_uk::ClientAuthentication::TlsClientAuth;
  const auto made = open()->create();
  ASSERT_TRUE(made) << made.error().describe();
  EXPECT_FALSE(made->unfit) << made->unfit->describe();
  EXPECT_EQ(open()->read()->client_id, made->client_id);
}

TEST_F(BankRegistrationTest, ABankThatWantsAnotherMediaTypeHasASwitch) {
  post("/sandbox/quirks", R"({"quirks":["registration_as_jwt"]})");
  EXPECT_EQ(reason(open()->create()), "registration_refused");
  section_.quirks.registration_as_jwt = true;
  EXPECT_EQ(reason(open()->create()), "done");
  EXPECT_EQ(reason(open()->update()), "done");
}

TEST_F(BankRegistrationTest, OneProcessAtATime) {
  const auto first = open();
  const auto second = BankRegistration::open(config_, section_, clock_, entropy_, "user:test");
  EXPECT_EQ(reason(second), "registration_busy");
}

TEST_F(BankRegistrationTest, TheFileMustBeNamedReadableAndOfThisBank) {
  const auto opened = [&] {
    return reason(BankRegistration::open(config_, section_, clock_, entropy_, "user:test"));
  };
  const std::filesystem::path file = section_.registration_file;
  section_.registration_file.clear();
  EXPECT_EQ(opened(), "registration_file_missing");
  section_.registration_file = file;
  section_.software_statement.clear();
  EXPECT_EQ(opened(), "software_statement_missing");
  section_.software_statement = sandbox_.software_statement_file;
  ASSERT_TRUE(write_file_durably(file.string(), as_bytes("{\"state\":"), 0600));
  EXPECT_EQ(opened(), "registration_file_unreadable");
  EXPECT_NE(problems().find("is no registration"), std::string::npos);
  std::filesystem::remove(file);
  EXPECT_EQ(reason(open()->create()), "done");
  section_.issuer = "https://another.example";
  EXPECT_EQ(opened(), "registration_of_another");
}

TEST(RegistrationRecord, IsStoredAsItAlwaysWas) {
  RegistrationRecord record{.state = RegistrationState::Registered,
                            .issuer = "https://bank.example",
                            .client_id = "client-9",
                            .software_id = "software",
                            .request_id = "0B7A2C5E-7C1B-4D67-9A53-6C9D3C0B7A11",
                            .requested_at = *from_rfc3339("2026-01-02T03:04:05Z"),
                            .request_expires_at = *from_rfc3339("2026-01-02T03:09:05Z"),
                            .requested_by = "user:alice",
                            .problem = {},
                            .client_uri = "https://bank.example/register/client-9",
                            .access_token = "token-9",
                            .metadata = {R"({"client_id":"client-9"})"},
                            .earlier = {{.request_id = "A",
                                         .client_id = "client-8",
                                         .at = *from_rfc3339("2026-01-01T00:00:00Z"),
                                         .by = "user:bob",
                                         .outcome = "deleted"}}};
  const std::string text = codec::to_json(record);
  codec::expect_golden_text("registration/record.json", text + "\n");
  const auto read = codec::from_json<RegistrationRecord>(text);
  ASSERT_TRUE(read) << read.error().describe();
  EXPECT_EQ(codec::to_json(*read), text);
}

}  // namespace
}  // namespace remit::app
