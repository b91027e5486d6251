#include "app/served_api_test.h"

#include <gmock/gmock.h>

namespace remit::app {
namespace {

using testing::HasSubstr;
using testing::Not;

/// A good payment, with one part of its text replaced.
std::string payment(std::string_view part = {}, std::string_view by = {}) {
  std::string text =
      R"({"amount":{"amount":1250,"currency":"GBP"},"creditor":{"name":"Fern & Sons Ltd",)"
      R"("sort_code":"204514","account_number":"10000001"},"reference":"INV 0001"})";
  if (!part.empty()) {
    const std::size_t at = text.find(part);
    EXPECT_NE(at, std::string::npos) << part;
    text.replace(at, part.size(), by);
  }
  return text;
}

class PaymentsApi : public ServedApi {
 protected:
  std::string create() {
    const Answer made = call("POST", "/v1/payments", payment());
    EXPECT_EQ(made.status, 201) << made.response.body;
    return made.text("id");
  }
  net::ClientRequest as_other(net::ClientRequest made) {
    made.headers.set("Authorization", "Bearer " + other_key_);
    return made;
  }
};

TEST_F(PaymentsApi, MakesAPaymentThatCanBeReadListedAndCancelled) {
  const Answer made = call("POST", "/v1/payments", payment());
  ASSERT_EQ(made.status, 201) << made.response.body;
  const std::string id = made.text("id");
  EXPECT_EQ(made.text("status"), "created");
  EXPECT_EQ(call("GET", "/v1/payments/" + id).text("creditor.account_number"), "10000001");
  auto listed = request("GET", "/v1/payments?limit=1");
  listed.headers.add("Remit-Min-Position", made.header("Remit-Min-Position"));
  EXPECT_THAT(send(listed).response.body, HasSubstr(id));
  const Answer cancelled = call("POST", "/v1/payments/" + id + "/cancel");
  EXPECT_EQ(cancelled.status, 200) << cancelled.response.body;
  EXPECT_EQ(cancelled.text("status"), "cancelled");
}

TEST_F(PaymentsApi, TheSameKeyIsTheSameAnswerAndNothingIsDoneTwice) {
  const auto asked = request("POST", "/v1/payments", payment());
  const Answer first = send(asked);
  const std::string before = positions();
  const Answer second = send(asked);
  EXPECT_EQ(first.response.body, second.response.body);
  EXPECT_EQ(second.status, 201);
  EXPECT_EQ(second.header("Idempotent-Replayed"), "true");
  EXPECT_EQ(positions(), before);
  auto changed = asked;
  changed.body = payment("1250", "1251");
  expect_refused(changed, 409, "idempotency_key_reused");
  // Another client's key of the same name is another key.
  const Answer others = send(as_other(asked));
  EXPECT_EQ(others.status, 201);
  EXPECT_NE(others.text("id"), first.text("id"));
}

TEST_F(PaymentsApi, ARefusalByTheRulesIsRememberedToo) {
  const auto asked = request("POST", "/v1/payments", payment("1250", "99999999999"));
  const Answer first = send(asked);
  const Answer second = send(asked);
  EXPECT_EQ(first.status, 400);
  EXPECT_EQ(first.text("code"), "amount_out_of_range");
  EXPECT_EQ(first.response.body, second.response.body);
}

TEST_F(PaymentsApi, RefusesWhatIsNoPayment) {
  const auto refused = [this](std::string_view part, std::string_view by, std::string_view code) {
    expect_refused("/v1/payments", payment(part, by), 400, code);
  };
  expect_refused("/v1/payments", "", 400, "json_malformed");
  expect_refused("/v1/payments", "{", 400, "json_malformed");
  expect_refused("/v1/payments", "[]", 400, "json_wrong_type");
  expect_refused("/v1/payments", "{}", 400, "json_missing_field");
  refused("1250", "12.5", "json_wrong_type");
  refused("1250", "1e3", "json_wrong_type");
  refused("1250", "\"1250\"", "json_wrong_type");
  refused("1250", "9223372036854775808", "json_number_range");
  refused("1250", "null", "json_wrong_type");
  refused("GBP", "XXQ", "currency_unknown");
  refused("GBP", "gbp", "currency_unknown");
  refused("204514", "2045", "account_invalid");
  refused("204514", "20451x", "account_invalid");
  EXPECT_EQ(call("POST", "/v1/payments", payment("204514", "2045")).text("field"),
            "creditor.sort_code");
  EXPECT_EQ(call("POST", "/v1/payments", payment("10000001", "1")).text("field"),
            "creditor.account_number");
  refused("10000001", "1000", "account_invalid");
  refused("\"sort_code\":\"204514\",", "", "account_missing");
  refused("Fern & Sons Ltd", "", "name_invalid");
  refused("INV 0001", "A REFERENCE THAT IS TOO LONG", "reference_invalid");
  refused("INV 0001", "", "reference_invalid");
  refused("\"reference\"", "\"refrence\":\"x\",\"reference\"", "json_unknown_field");
  refused("\"reference\":\"INV 0001\"", "\"reference\":\"INV 0001\",\"reference\":\"B\"",
          "json_duplicate_key");
  refused("\"reference\":\"INV 0001\"", "\"reference\":\"INV 0001\",\"bank\":\"nobank\"",
          "bank_unknown");
}

TEST_F(PaymentsApi, RefusesAReferenceOfItsOwnThatNobodyCouldAskFor) {
  const auto with = [](std::string_view own) {
    return payment("\"reference\"", fmt::format(R"("client_reference":"{}","reference")", own));
  };
  const std::string longest(128, 'x');
  EXPECT_EQ(call("POST", "/v1/payments", with(longest)).status, 201);
  EXPECT_EQ(call("GET", "/v1/payments?client_reference=" + longest).status, 200);
  expect_refused("/v1/payments", with(longest + "x"), 400, "client_reference_too_long");
  expect_refused(request("GET", "/v1/payments?client_reference=" + longest + "x"), 400,
                 "client_reference_too_long");
  expect_refused("/v1/payments", with("a\\u0000b"), 400, "client_reference_invalid");
}

TEST_F(PaymentsApi, RefusesAnAccountNumberWhoseCheckDigitsAreWrong) {
  const auto to = [](std::string_view number) {
    std::string text = payment("204514", "400000");
    return text.replace(text.find("10000001"), 8, number);
  };
  EXPECT_EQ(call("POST", "/v1/payments", to("12345672")).status, 201);
  expect_refused("/v1/payments", to("12345673"), 400, "account_number_invalid");
  EXPECT_EQ(call("POST", "/v1/payments", to("12345673")).text("field"), "creditor.account_number");
}

TEST_F(PaymentsApi, RefusesByTheRulesWithoutChangingAnything) {
  // A refusal by the rules is decided and remembered, so that only the payments tell that nothing happened.
  const auto refused = [this](std::string_view part, std::string_view by, std::string_view code) {
    const Answer answer = call("POST", "/v1/payments", payment(part, by));
    EXPECT_EQ(answer.status, 400) << by;
    EXPECT_EQ(answer.text("code"), code) << by;
  };
  refused("1250", "0", "amount_out_of_range");
  refused("1250", "-1", "amount_out_of_range");
  refused("GBP", "EUR", "currency_not_supported");
  refused("\"reference\":\"INV 0001\"",
          "\"reference\":\"INV 0001\",\"expires_at\":\"2020-01-01T00:00:00Z\"",
          "expiry_out_of_range");
}

TEST_F(PaymentsApi, RefusesBombs) {
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += R"({"a":)";
  expect_refused("/v1/payments", deep, 400, "json_too_deep");
  std::string wide = "[1";
  for (int i = 0; i < 200'000; ++i) wide += ",1";
  expect_refused("/v1/payments", wide + "]", 413, "json_too_large");
  const Answer large = call("POST", "/v1/payments", std::string(3'000'000, ' '));
  EXPECT_EQ(large.status, 413) << large.response.body;
}

TEST_F(PaymentsApi, WantsAKeyThatMay) {
  const auto with = [this](std::string authorization) {
    auto made = request("POST", "/v1/payments", payment());
    made.headers.set("Authorization", std::move(authorization));
    return made;
  };
  expect_refused(with("Basic dXNlcjpwYXNz"), 401, "api_key_malformed");
  expect_refused(with("Bearer "), 401, "api_key_malformed");
  expect_refused(with("Bearer remit_test_nonsense"), 401, "api_key_malformed");
  std::string forged = key_;
  forged.back() = forged.back() == '0' ? '1' : '0';
  const Answer refused = send(with("Bearer " + forged));
  EXPECT_EQ(refused.status, 401);
  EXPECT_THAT(refused.header("WWW-Authenticate"), HasSubstr("Bearer"));
  auto bare = request("GET", "/v1/payments");
  bare.headers = {};
  expect_refused(bare, 401, "api_key_missing");
  const std::string reader = make_key(client_, R"({"scopes":["payments_read"]})");
  expect_refused(with("Bearer " + reader), 403, "scope_missing");
  auto reads = request("GET", "/v1/payments");
  reads.headers.set("Authorization", "Bearer " + reader);
  EXPECT_EQ(send(reads).status, 200);
}

TEST_F(PaymentsApi, WantsAnIdempotencyKey) {
  const auto with = [this](std::optional<std::string> key) {
    auto made = request("POST", "/v1/payments", payment());
    net::Headers headers;
    headers.add("Authorization", "Bearer " + key_);
    headers.add("Content-Type", "application/json");
    if (key) headers.add("Idempotency-Key", std::move(*key));
    made.headers = std::move(headers);
    return made;
  };
  expect_refused(with(std::nullopt), 400, "idempotency_key_missing");
  expect_refused(with(std::string(256, 'k')), 400, "idempotency_key_invalid");
  expect_refused(with("a b"), 400, "idempotency_key_invalid");
  auto two = with("one");
  two.headers.add("Idempotency-Key", "two");
  expect_refused(two, 400, "idempotency_key_invalid");
}

TEST_F(PaymentsApi, WantsJson) {
  auto form = request("POST", "/v1/payments", payment());
  form.headers.set("Content-Type", "application/x-www-form-urlencoded");
  expect_refused(form, 415, "content_type_unsupported");
  auto utf8 = request("POST", "/v1/payments", payment());
  utf8.headers.set("Content-Type", "application/json; charset=utf-8");
  EXPECT_EQ(send(utf8).status, 201);
}

TEST_F(PaymentsApi, PaymentsOfSomebodyElseAreAsIfThereWereNone) {
  const std::string id = create();
  const std::string unknown = "pay_01h455vb4pex5vsknk084sn02q";
  for (const char* verb : {"GET", "POST"}) {
    const std::string tail = std::string(verb) == "POST" ? "/cancel" : "";
    auto theirs = as_other(request(verb, "/v1/payments/" + id + tail));
    auto none = as_other(request(verb, "/v1/payments/" + unknown + tail));
    const Answer hidden = send(theirs);
    const Answer missing = send(none);
    EXPECT_EQ(hidden.status, 404);
    EXPECT_EQ(missing.status, 404);
    std::string body = hidden.response.body;
    const std::size_t at = body.find(id);
    ASSERT_NE(at, std::string::npos) << body;
    EXPECT_EQ(body.replace(at, id.size(), unknown), missing.response.body);
  }
  EXPECT_EQ(call("GET", "/v1/payments/" + id).text("status"), "created");
  EXPECT_EQ(call("GET", "/v1/payments/nonsense").status, 404);
  EXPECT_EQ(call("GET", "/v1/payments/acc_01h455vb4pex5vsknk084sn02q").status, 404);
}

TEST_F(PaymentsApi, ListsArePagedAndAForgedCursorShowsNobodyElse) {
  std::vector<std::string> made;
  for (int i = 0; i < 5; ++i) made.push_back(create());
  const std::string position = call("POST", "/v1/payments", payment()).header("Remit-Min-Position");
  std::string cursor;
  std::string all;
  std::size_t pages = 0;
  do {
    auto page =
        request("GET", "/v1/payments?limit=2" + (cursor.empty() ? "" : "&cursor=" + cursor));
    page.headers.add("Remit-Min-Position", position);
    const Answer answer = send(page);
    ASSERT_EQ(answer.status, 200) << answer.response.body;
    all += answer.response.body;
    cursor = answer.text("next_cursor");
    ASSERT_LT(++pages, 100U);
  } while (!cursor.empty());
  for (const std::string& id : made) {
    EXPECT_NE(all.find("\"id\":\"" + id), std::string::npos) << id;
    EXPECT_EQ(all.find("\"id\":\"" + id), all.rfind("\"id\":\"" + id)) << id;
  }
  // A cursor of this client, forged or not, used by another.
  auto theirs = as_other(request(
      "GET", "/v1/payments?cursor=" + to_base64url(as_bytes("\npay_7zzzzzzzzzzzzzzzzzzzzzzzzz"))));
  theirs.headers.add("Remit-Min-Position", position);
  const Answer answer = send(theirs);
  EXPECT_EQ(answer.status, 200);
  for (const std::string& id : made) EXPECT_THAT(answer.response.body, Not(HasSubstr(id)));
  expect_refused(request("GET", "/v1/payments?cursor=%%%"), 400, "query_malformed");
  expect_refused(request("GET", "/v1/payments?cursor=abc"), 400, "cursor_invalid");
  expect_refused(request("GET", "/v1/payments?limit=0"), 400, "limit_invalid");
  expect_refused(request("GET", "/v1/payments?limit=1000"), 400, "limit_invalid");
  expect_refused(request("GET", "/v1/payments?status=paid"), 400, "status_unknown");
  expect_refused(request("GET", "/v1/payments?colour=red"), 400, "query_unknown");
}

TEST_F(PaymentsApi, KnowsItsRoutes) {
  const Answer wrong = call("DELETE", "/v1/payments");
  EXPECT_EQ(wrong.status, 405);
  EXPECT_THAT(wrong.header("Allow"), HasSubstr("POST"));
  EXPECT_EQ(call("GET", "/v1/nothing").status, 404);
  EXPECT_EQ(call("GET", "/v1/payments/a/b/c").status, 404);
}

TEST_F(PaymentsApi, AListWaitsForAPositionAndRefusesWhatIsNone) {
  const auto at = [this](std::string position) {
    auto made = request("GET", "/v1/payments");
    made.headers.add("Remit-Min-Position", std::move(position));
    return made;
  };
  expect_refused(at("abc"), 400, "min_position_invalid");
  expect_refused(at("-1"), 400, "min_position_invalid");
  expect_refused(at("18446744073709551616"), 400, "min_position_invalid");
  auto twice = at("1");
  twice.headers.add("Remit-Min-Position", "2");
  expect_refused(twice, 400, "min_position_invalid");
}

/// The page to which banks send payers back takes forms from anybody: what is forged changes nothing.
TEST_F(PaymentsApi, TheLandingPageTakesNothingThatIsForged) {
  create();
  const auto back = [](std::string form) {
    net::ClientRequest made{
        .method = "POST", .url = server_->url() + "/callback", .body = std::move(form)};
    made.headers.add("Content-Type", "application/x-www-form-urlencoded");
    return made;
  };
  expect_refused(back("state=forged&code=c&id_token=a.b.c"), 404, "state_unknown");
  expect_refused(back("state=forged&error=access_denied"), 404, "state_unknown");
  expect_refused(back("code=c&id_token=a.b.c"), 400, "state_missing");
  expect_refused(back("state=s"), 400, "code_missing");
  expect_refused(back("state=s&state=t&code=c&id_token=i"), 400, "form_malformed");
  expect_refused(back("state=" + std::string(9000, 's')), 400, "form_malformed");
  expect_refused(back("%zz"), 400, "form_malformed");
  net::ClientRequest page{.method = "GET", .url = server_->url() + "/callback"};
  const Answer shown = send(page);
  EXPECT_EQ(shown.status, 200);
  EXPECT_THAT(shown.header("Content-Security-Policy"), HasSubstr("default-src 'none'"));
}

}  // namespace
}  // namespace remit::app
