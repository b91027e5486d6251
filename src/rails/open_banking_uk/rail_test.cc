#include "rails/open_banking_uk/json.h"
#include "rails/open_banking_uk/open_banking_uk_rail.h"
#include "rails/open_banking_uk/outcome.h"
#include "rails/open_banking_uk/scripted_bank_test.h"

#include <ranges>

namespace remit::rails::open_banking_uk {
namespace {

constexpr std::string_view kConsents = "POST /domestic-payment-consents";
constexpr std::string_view kConsent = "GET /domestic-payment-consents/consent-1";
constexpr std::string_view kOrders = "POST /domestic-payments";

std::string order(std::string_view status, std::string_view consent = "consent-1") {
  return fmt::format(R"({{"Data":{{"DomesticPaymentId":"dp-1","ConsentId":"{}","Status":"{}"}}}})",
                     consent, status);
}
std::string consent(std::string_view status) {
  return fmt::format(R"({{"Data":{{"ConsentId":"consent-1","Status":"{}"}}}})", status);
}
std::string error(std::string_view code) {
  return fmt::format(R"({{"Errors":[{{"ErrorCode":"{}","Message":"no"}}]}})", code);
}

class RailTest : public testing::Test {
 protected:
  RailTest() {
    submission_ = {
        .instruction = {.payment = *TypeId::parse("pay_01h455vb4pex5vsknk084sn02q"),
                        .amount = {1250, Currency::of("GBP")},
                        .creditor = {terms::AccountScheme::SortCodeAccountNumber, "20451410000001"},
                        .creditor_name = "Fern \"&\" Sons",
                        .reference = "INV 1",
                        .instruction_id = "i-1",
                        .end_to_end_id = "e-1",
                        .debtor = {}},
        .consent_id = "consent-1",
        .access_token = "payer-token",
        .idempotency_key = "key-1",
        .first_sent_at = clock_.now(),
        .sent_before = clock_.now()};
  }
  Timestamp now() { return clock_.now(); }

  std::string submit() {
    std::string word = "not answered";
    rail_.submit(submission_, [&](const SubmissionOutcome& outcome) { word = word_of(outcome); });
    return word;
  }
  static std::string word_of(const SubmissionOutcome& outcome) {
    if (std::holds_alternative<Accepted>(outcome)) return "accepted";
    if (const auto* rejected = std::get_if<Rejected>(&outcome))
      return rejected->copy_alone ? "this copy rejected" : "rejected";
    if (std::holds_alternative<NotSent>(outcome)) return "not sent";
    return "unknown";
  }
  std::string resolve() {
    std::string word = "not answered";
    rail_.resolve(submission_, [&](const Result<Resolution>& resolution) {
      if (!resolution) {
        word = "error";
      } else if (const auto* found = std::get_if<FoundExecuted>(&*resolution)) {
        word = "executed by " + found->evidence;
      } else if (const auto* refused = std::get_if<FoundNotExecuted>(&*resolution)) {
        word = "not executed by " + refused->evidence;
      } else if (std::holds_alternative<ReplayAllowed>(*resolution)) {
        word = "replay";
      } else {
        word = "unknown";
      }
    });
    return word;
  }

  ManualClock clock_{ManualHost::kStart};
  ScriptedBank bank_{clock_};
  SeededEntropy entropy_{1};
  OpenBankingUkRail rail_{test_options(), {bank_, *our_key().signer, clock_, entropy_}};
  Submission submission_;
};

TEST_F(RailTest, TheConsentGivesASignedWayToTheBank) {
  bank_.on_signed(std::string(kConsents), 201, consent("AWAU"));
  Result<ConsentCreated> made = fail(ErrorCode::Internal, "none", "");
  rail_.authorise(submission_.instruction, "key-c",
                  [&](Result<ConsentCreated> created) { made = std::move(created); });
  ASSERT_TRUE(made) << made.error().describe();
  EXPECT_EQ(made->consent_id, "consent-1");
  EXPECT_GE(made->state.size(), 43u);
  EXPECT_NE(made->state, made->nonce);
  const std::size_t at = made->authorisation_url.find("&request=");
  ASSERT_NE(at, std::string::npos);
  const auto keys = *jose::KeySet::parse(fmt::format(R"({{"keys":[{}]}})", our_key().jwk));
  const auto object = jose::verify_compact(made->authorisation_url.substr(at + 9), keys);
  ASSERT_TRUE(object) << object.error().describe();
  const auto claims = *parse(object->payload);
  EXPECT_EQ(text(claims, {"aud"}), "https://bank");
  EXPECT_EQ(text(claims, {"iss"}), "client-1");
  EXPECT_EQ(text(claims, {"response_type"}), "code id_token");
  EXPECT_EQ(text(claims, {"redirect_uri"}), "https://shop/callback");
  EXPECT_EQ(text(claims, {"state"}), made->state);
  EXPECT_EQ(text(claims, {"nonce"}), made->nonce);
  EXPECT_EQ(text(claims, {"claims", "id_token", "openbanking_intent_id", "value"}), "consent-1");
  EXPECT_LE(*number(claims, {"exp"}) - *number(claims, {"nbf"}), 3600);
}

TEST_F(RailTest, TheOrderIsSignedOverItsBytesAndRepeatsTheConsent) {
  bank_.on_signed(std::string(kConsents), 201, consent("AWAU"));
  bank_.on_signed(std::string(kOrders), 201, order("RCVD"));
  rail_.authorise(submission_.instruction, "key-c", [](const Result<ConsentCreated>&) {});
  EXPECT_EQ(submit(), "accepted");
  const net::ClientRequest& sent = bank_.requests.back().body.empty()
                                       ? bank_.requests.at(bank_.requests.size() - 2)
                                       : bank_.requests.back();
  EXPECT_EQ(sent.headers.find("x-idempotency-key"), "key-1");
  EXPECT_EQ(sent.headers.find("Authorization"), "Bearer payer-token");
  const auto keys = *jose::KeySet::parse(fmt::format(R"({{"keys":[{}]}})", our_key().jwk));
  EXPECT_TRUE(
      jose::verify_detached(*sent.headers.find("x-jws-signature"), sent.body, keys,
                            {"http://openbanking.org.uk/iat", "http://openbanking.org.uk/iss",
                             "http://openbanking.org.uk/tan"}));
  const auto initiation = [](const std::string& body) {
    const std::size_t from = body.find("\"Initiation\":");
    return body.substr(from, body.find("\"Risk\"") - from - 2);
  };
  for (const net::ClientRequest& request : bank_.requests) {
    if (request.body.find("Initiation") != std::string::npos) {
      EXPECT_EQ(initiation(request.body), initiation(sent.body));
      EXPECT_NE(request.body.find(R"("Amount":"12.50")"), std::string::npos);
    }
  }
}

TEST_F(RailTest, WhatAnAnswerToASubmissionProves) {
  struct Case {
    int status;
    std::string body;
    bool is_signed;
    std::string_view outcome;
  };
  const std::vector<Case> cases{
      {201, order("RCVD"), true, "accepted"},
      {200, order("ACSC"), true, "accepted"},
      {201, order("AcceptedSettlementInProcess"), true, "accepted"},
      {201, order("RCVD"), false, "unknown"},
      {201, order("DONE"), true, "unknown"},
      {201, order("RCVD", "consent-2"), true, "unknown"},
      {201, "not json", true, "unknown"},
      {201, "{}", true, "unknown"},
      {400, error("U008"), true, "rejected"},
      {400, error("U008"), false, "rejected"},
      {400, error("UK.OBIE.Resource.ConsentMismatch"), true, "rejected"},
      {400, error("U009"), true, "unknown"},
      {400, error("UK.OBIE.Resource.InvalidConsentStatus"), true, "unknown"},
      {400, "<html>Bad gateway</html>", false, "unknown"},
      {401, "", false, "this copy rejected"},
      {400, error("U016"), true, "this copy rejected"},
      {400, error("UK.OBIE.Signature.InvalidClaim"), true, "this copy rejected"},
      {403, error("U028"), true, "this copy rejected"},
      {400, error("U012"), true, "this copy rejected"},
      {400, error("UK.OBIE.Rules.AfterCutOffDateTime"), true, "this copy rejected"},
      {400, error("UK.OBIE.Rules.DuplicateReference"), true, "unknown"},
      {403, "Forbidden by firewall", false, "unknown"},
      {408, "", false, "unknown"},
      {409, error("U029"), true, "unknown"},
      {429, "", false, "not sent"},
      {500, error("U000"), true, "unknown"},
      {503, "", false, "unknown"},
      {302, "", false, "unknown"},
  };
  for (const Case& one : cases) {
    bank_.on(std::string(kOrders), [&](const auto&) -> Result<net::HttpResponse> {
      if (one.is_signed) return bank_.signed_answer(one.status, one.body);
      return net::HttpResponse{.status = one.status, .body = one.body};
    });
    EXPECT_EQ(submit(), one.outcome) << one.status << " " << one.body;
  }
}

TEST_F(RailTest, AConsentForSomethingElseIsNotOffered) {
  const auto reason_with = [&](std::string_view amount, std::string_view payee) {
    bank_.on_signed(
        std::string(kConsents), 201,
        fmt::format(R"({{"Data":{{"ConsentId":"consent-1","Status":"AWAU","Initiation":{{)"
                    R"("InstructedAmount":{{"Amount":"{}","Currency":"GBP"}},)"
                    R"("CreditorAccount":{{"Identification":"{}"}}}}}}}})",
                    amount, payee));
    std::string reason = "not answered";
    rail_.authorise(submission_.instruction, "key-c", [&](const Result<ConsentCreated>& made) {
      reason = made ? "offered" : made.error().reason;
    });
    return reason;
  };
  EXPECT_EQ(reason_with("12.50", "20451410000001"), "offered");
  EXPECT_EQ(reason_with("12.5", "20-45-14 10000001"), "offered");
  EXPECT_EQ(reason_with("12.51", "20451410000001"), "consent_differs");
  EXPECT_EQ(reason_with("12.50", "20451410000002"), "consent_differs");
}

TEST_F(RailTest, AnAnswerThatIsNotBelievedSaysWhy) {
  const auto reason = [&] {
    std::string found = "not answered";
    rail_.submit(submission_, [&](const SubmissionOutcome& outcome) {
      const auto* unknown = std::get_if<Unknown>(&outcome);
      found = unknown == nullptr ? word_of(outcome) : unknown->error.reason;
    });
    return found;
  };
  bank_.on_signed(std::string(kOrders), 201, order("RCVD", "consent-2"));
  EXPECT_EQ(reason(), "answer_of_another");
  bank_.on_signed(std::string(kOrders), 201,
                  R"({"Data":{"DomesticPaymentId":"dp-1","ConsentId":"consent-1","Status":"RCVD",)"
                  R"("Initiation":{"InstructedAmount":{"Amount":"99.00","Currency":"GBP"}}}})");
  EXPECT_EQ(reason(), "answer_differs");
  bank_.on(std::string(kOrders),
           [&](const auto&) { return net::HttpResponse{.status = 201, .body = order("RCVD")}; });
  EXPECT_EQ(reason(), "signature_missing");
  bank_.on(std::string(kOrders), [&](const auto&) -> Result<net::HttpResponse> {
    net::HttpResponse response{.status = 201, .body = order("RCVD")};
    response.headers.add("x-jws-signature", bank_signature(response.body, now(), "another-org"));
    return response;
  });
  EXPECT_EQ(reason(), "signature_issuer");
}

TEST_F(RailTest, TheStateOfAnotherConsentIsNoEvidence) {
  bank_.on_signed(std::string(kConsent), 200,
                  R"({"Data":{"ConsentId":"consent-2","Status":"RJCT"}})");
  EXPECT_EQ(resolve(), "unknown");
  EXPECT_EQ(bank_.count(kOrders), 0u);
}

TEST_F(RailTest, WhatTheNetworkProves) {
  bank_.on(std::string(kOrders), [](const auto&) -> Result<net::HttpResponse> {
    return fail(ErrorCode::Unavailable, "not_connected", "refused");
  });
  EXPECT_EQ(submit(), "not sent");
  bank_.on(std::string(kOrders), [](const auto&) -> Result<net::HttpResponse> {
    return fail(ErrorCode::OutcomeUnknown, "response_timeout", "silence");
  });
  EXPECT_EQ(submit(), "unknown");
}

TEST_F(RailTest, ASignatureOfSomebodyElseIsNotBelieved) {
  bank_.on(std::string(kOrders), [&](const auto&) -> Result<net::HttpResponse> {
    net::HttpResponse response{.status = 201, .body = order("RCVD")};
    response.headers.add("x-jws-signature", bank_signature(response.body, now(), "another-org"));
    return response;
  });
  EXPECT_EQ(submit(), "unknown");
  bank_.on(std::string(kOrders), [&](const auto&) -> Result<net::HttpResponse> {
    net::HttpResponse response{.status = 201, .body = order("RCVD")};
    response.headers.add("x-jws-signature", bank_signature(order("ACSC"), now()));
    return response;
  });
  EXPECT_EQ(submit(), "unknown");
}

TEST_F(RailTest, EvidenceForAnUnknownOutcome) {
  bank_.on_signed(std::string(kConsent), 200, consent("COND"));
  EXPECT_EQ(resolve(), "replay");
  submission_.refused = true;
  EXPECT_EQ(resolve(), "replay") << "it answers with the order that it has";

  // An unused consent and a refusal, once nothing can arrive any more.
  bank_.on_signed(std::string(kConsent), 200, consent("AUTH"));
  EXPECT_EQ(resolve(), "unknown");
  clock_.pass(std::chrono::minutes(5));
  EXPECT_EQ(resolve(), "not executed by consent_not_consumed");
  submission_.sent_before = now();
  EXPECT_EQ(resolve(), "unknown");
  submission_.refused = false;
  EXPECT_EQ(resolve(), "replay") << "it may be taken yet";

  bank_.on_signed(std::string(kConsent), 200, consent("RJCT"));
  EXPECT_EQ(resolve(), "not executed by consent_rejected");
  bank_.on(std::string(kConsent),
           [](const auto&) { return net::HttpResponse{.status = 200, .body = consent("AUTH")}; });
  EXPECT_EQ(resolve(), "unknown");
  bank_.on_signed(std::string(kConsent), 400, error("U011"));
  EXPECT_EQ(resolve(), "unknown");
  EXPECT_EQ(bank_.count(kOrders), 0u) << "it is looked, not acted";
}

TEST_F(RailTest, NothingIsSentAgainOutsideTheBanksWindow) {
  bank_.on_signed(std::string(kConsent), 200, consent("COND"));
  clock_.pass(std::chrono::hours(24));
  EXPECT_EQ(resolve(), "unknown");
  bank_.on_signed(std::string(kConsent), 200, consent("AUTH"));
  EXPECT_EQ(resolve(), "not executed by consent_not_consumed");
  submission_.sent_before = now();
  EXPECT_EQ(resolve(), "unknown");
}

TEST_F(RailTest, AnUnusedConsentProvesNothingWhileTheLastReplayMayArrive) {
  bank_.on_signed(std::string(kConsent), 200, consent("AUTH"));
  clock_.pass(std::chrono::hours(23) + std::chrono::seconds(1));
  submission_.sent_before = now();
  EXPECT_EQ(resolve(), "unknown");
  clock_.pass(std::chrono::minutes(2) + std::chrono::seconds(50));
  bank_.on(std::string(kConsent), [&](const auto&) -> Result<net::HttpResponse> {
    clock_.pass(std::chrono::seconds(20));
    return bank_.signed_answer(200, consent("AUTH"));
  });
  EXPECT_EQ(resolve(), "unknown") << "what it says is of when it was asked";
  EXPECT_EQ(resolve(), "not executed by consent_not_consumed");
  submission_.first_sent_at = now() + std::chrono::hours(1);
  EXPECT_EQ(resolve(), "not executed by consent_not_consumed") << "nothing is sent under it";
}

TEST_F(RailTest, OurTokenIsKeptAndRenewed) {
  bank_.on_signed(std::string(kConsent), 200, consent("RJCT"));
  resolve();
  resolve();
  EXPECT_EQ(bank_.count("POST /token"), 1u);
  clock_.pass(std::chrono::seconds(300));
  resolve();
  EXPECT_EQ(bank_.count("POST /token"), 2u);
  bool first = true;
  bank_.on(std::string(kConsent), [&](const auto&) -> Result<net::HttpResponse> {
    if (std::exchange(first, false)) return net::HttpResponse{.status = 401};
    return bank_.signed_answer(200, consent("RJCT"));
  });
  EXPECT_EQ(resolve(), "not executed by consent_rejected");
  EXPECT_EQ(bank_.count("POST /token"), 3u);
}

TEST_F(RailTest, UnknownKeysAreLookedForNowAndThenOnly) {
  Landing landing{.consent_id = "consent-1",
                  .nonce = "n",
                  .state = "s",
                  .code = "c",
                  .id_token = *jose::sign_jwt(*our_key().signer, {{"iss", "1"}})};
  std::string reason;
  for (int i = 0; i < 20; ++i) {
    rail_.exchange(landing, [&](const Result<Authorisation>& granted) {
      reason = granted ? "" : granted.error().reason;
    });
    EXPECT_EQ(reason, "id_token_key_unknown");
  }
  EXPECT_EQ(bank_.count("GET /jwks"), 2u);
  clock_.pass(kKeysFetchedEvery);
  bank_.on("GET /jwks", [](const auto&) { return net::HttpResponse{.status = 500}; });
  rail_.exchange(landing, [&](const Result<Authorisation>& granted) {
    reason = granted ? "" : granted.error().reason;
  });
  EXPECT_EQ(reason, "id_token_key_unknown");
  EXPECT_EQ(bank_.count("GET /jwks"), 3u);
}

TEST_F(RailTest, DiscoveryOfAnotherIssuerIsRefused) {
  bank_.on("GET /.well-known/openid-configuration", [](const auto&) {
    return net::HttpResponse{
        .body =
            R"({"issuer":"https://evil","authorization_endpoint":"a","token_endpoint":"b","jwks_uri":"c"})"};
  });
  Result<ConsentCreated> made = fail(ErrorCode::Internal, "none", "");
  rail_.authorise(submission_.instruction, "key-c",
                  [&](Result<ConsentCreated> created) { made = std::move(created); });
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().reason, "discovery_invalid");
}

TEST_F(RailTest, ThePayersAccountForRefundsIsAskedForAndRead) {
  bank_.on_signed(std::string(kConsents), 201, consent("AWAU"));
  const auto asks = [&](OpenBankingUkRail& rail) {
    rail.authorise(submission_.instruction, "key-c", [](const Result<ConsentCreated>&) {});
    for (const net::ClientRequest& request : std::views::reverse(bank_.requests)) {
      if (!request.url.ends_with("/domestic-payment-consents")) continue;
      const auto sent = parse(request.body);
      return sent ? text(*sent, {"Data", "ReadRefundAccount"}) : "unreadable";
    }
    return std::string("not sent");
  };
  EXPECT_EQ(asks(rail_), "Yes");
  Options discreet = test_options();
  discreet.reads_refund_account = false;
  OpenBankingUkRail other{discreet, {bank_, *our_key().signer, clock_, entropy_}};
  EXPECT_EQ(asks(other), "");

  const auto told = [&](std::string_view scheme, std::string_view number, std::string_view name) {
    bank_.on_signed("GET /domestic-payments/dp-1", 200,
                    fmt::format(R"({{"Data":{{"DomesticPaymentId":"dp-1","Status":"ACSC",)"
                                R"("Refund":{{"Account":{{"SchemeName":"{}","Identification":"{}",)"
                                R"("Name":"{}"}}}}}}}})",
                                scheme, number, name));
    std::optional<RefundAccount> account;
    rail_.status("dp-1", [&](const Result<StatusReport>& report) {
      ASSERT_TRUE(report) << report.error().describe();
      account = report->refund_account;
    });
    return account;
  };
  const auto pair = terms::AccountScheme::SortCodeAccountNumber;
  EXPECT_EQ(told("UK.OBIE.SortCodeAccountNumber", "20-45-14 10000001", "Ada"),
            (RefundAccount{{pair, "20451410000001"}, "Ada"}));
  EXPECT_EQ(told("UK.OBIE.IBAN", "GB33BUKB20201555555555", "")->account.scheme,
            terms::AccountScheme::Iban);
  std::string long_name;
  for (int i = 0; i < 80; ++i) long_name += "é";
  EXPECT_EQ(told("UK.OBIE.IBAN", "GB33BUKB20201555555555", long_name)->name.size(), 140u);
  EXPECT_FALSE(told("UK.OBIE.IBAN", "GB34BUKB20201555555555", "Ada")) << "wrong check digits";
  EXPECT_FALSE(told("UK.OBIE.PAN", "4111111111111111", "Ada")) << "cannot be paid";
}

TEST_F(RailTest, AnOlderBankIsSpokenToInItsOwnWords) {
  Options older = test_options();
  older.version = ApiVersion::V3;
  OpenBankingUkRail rail{older, {bank_, *our_key().signer, clock_, entropy_}};
  bank_.on_signed(std::string(kConsents), 201, consent("AwaitingAuthorisation"));
  bool made = false;
  rail.authorise(submission_.instruction, "key-c",
                 [&](const Result<ConsentCreated>& created) { made = created.has_value(); });
  EXPECT_TRUE(made);
  std::string reference;
  for (const net::ClientRequest& request : bank_.requests) {
    if (!request.url.ends_with("/domestic-payment-consents")) continue;
    const auto sent = parse(request.body);
    reference = text(*sent, {"Data", "Initiation", "RemittanceInformation", "Reference"});
  }
  EXPECT_EQ(reference, submission_.instruction.reference);

  const std::pair<std::string_view, terms::PaymentStatus> words[]{
      {"Pending", terms::PaymentStatus::Pdng},
      {"Rejected", terms::PaymentStatus::Rjct},
      {"AcceptedSettlementInProcess", terms::PaymentStatus::Acsp},
      {"AcceptedSettlementCompleted", terms::PaymentStatus::Acsc},
      {"AcceptedWithoutPosting", terms::PaymentStatus::Acwp},
      {"AcceptedCreditSettlementCompleted", terms::PaymentStatus::Accc}};
  for (const auto& [word, status] : words) {
    bank_.on_signed("GET /domestic-payments/dp-1", 200, order(word));
    rail.status("dp-1", [&](const Result<StatusReport>& report) {
      ASSERT_TRUE(report);
      EXPECT_EQ(report->status, status);
      EXPECT_EQ(report->raw_status, word);
    });
  }
}

TEST_F(RailTest, FundsAreConfirmedWithThePayersTokenAndOnlyByASignedBoolean) {
  const std::string call = std::string(kConsent) + "/funds-confirmation";
  const auto ask = [&] {
    std::string word = "not answered";
    rail_.confirm_funds("consent-1", "payer-token", [&](const Result<bool>& available) {
      word = !available ? available.error().reason : *available ? "yes" : "no";
    });
    return word;
  };
  const auto answer = [](std::string_view value) {
    return fmt::format(R"({{"Data":{{"FundsAvailableResult":{{"FundsAvailable":{}}}}}}})", value);
  };
  bank_.on_signed(call, 200, answer("true"));
  EXPECT_EQ(ask(), "yes");
  EXPECT_EQ(bank_.requests.front().headers.find("Authorization"), "Bearer payer-token");
  bank_.on_signed(call, 200, answer("false"));
  EXPECT_EQ(ask(), "no");
  bank_.on_signed(call, 200, answer(R"("false")"));
  EXPECT_EQ(ask(), "funds_unconfirmed");
  bank_.on_signed(call, 400, error("U009"));
  EXPECT_EQ(ask(), "funds_unconfirmed");
  bank_.on(call,
           [&](const auto&) { return net::HttpResponse{.status = 200, .body = answer("false")}; });
  EXPECT_EQ(ask(), "funds_unconfirmed") << "whoever did not sign may not stop a payment either";
}

TEST_F(RailTest, AnOrderThatComesBackWithAnotherAmountIsNotOurs) {
  const auto with_amount = [&](std::string_view amount, std::string_view currency) {
    bank_.on_signed(
        std::string(kOrders), 201,
        fmt::format(R"({{"Data":{{"DomesticPaymentId":"dp-1","ConsentId":"consent-1",)"
                    R"("Status":"RCVD","Initiation":{{"InstructedAmount":{{"Amount":"{}",)"
                    R"("Currency":"{}"}}}}}}}})",
                    amount, currency));
    return submit();
  };
  EXPECT_EQ(with_amount("12.5", "GBP"), "accepted");
  EXPECT_EQ(with_amount("12.50000", "GBP"), "accepted");
  EXPECT_EQ(with_amount("125.0", "GBP"), "unknown");
  EXPECT_EQ(with_amount("12.51", "GBP"), "unknown");
  EXPECT_EQ(with_amount("12.50", "EUR"), "unknown");
}

TEST_F(RailTest, AStatusOfAnotherPaymentIsNotTaken) {
  bank_.on_signed("GET /domestic-payments/dp-1", 200, order("ACSC"));
  bank_.on_signed("GET /domestic-payments/dp-2", 200, order("ACSC"));
  std::string seen;
  const auto ask = [&](const std::string& id) {
    rail_.status(id, [&](const Result<StatusReport>& report) {
      seen = report ? std::string(terms::status_code(report->status)) : report.error().reason;
    });
    return seen;
  };
  EXPECT_EQ(ask("dp-1"), "ACSC");
  EXPECT_EQ(ask("dp-2"), "status_of_another");
}

}  // namespace
}  // namespace remit::rails::open_banking_uk
