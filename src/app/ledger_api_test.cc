#include "app/served_api_test.h"

#include <gmock/gmock.h>

namespace remit::app {
namespace {

using testing::HasSubstr;
using testing::Not;

class LedgerApi : public ServedApi {
 protected:
  std::string open(std::string_view name, std::string_view limit = "none") {
    const Answer made =
        call("POST", "/v1/accounts",
             fmt::format(R"({{"name":"{}","type":"liability","currency":"GBP","limit":"{}"}})",
                         name, limit));
    EXPECT_EQ(made.status, 201) << made.response.body;
    return made.text("id");
  }
  static std::string transfer(const std::string& debit, const std::string& credit,
                              std::string_view rest = {}, std::string_view amount = "100") {
    return fmt::format(
        R"({{"debit_account":"{}","credit_account":"{}","amount":{{"amount":{},"currency":"GBP"}}{}}})",
        debit, credit, amount, rest);
  }
  Answer move(std::string_view transfers) {
    return call("POST", "/v1/transfers", fmt::format(R"({{"transfers":[{}]}})", transfers));
  }
  std::string posted(const std::string& account) {
    return call("GET", "/v1/accounts/" + account).text("balances.posted");
  }
  net::ClientRequest as_other(net::ClientRequest made) {
    made.headers.set("Authorization", "Bearer " + other_key_);
    return made;
  }
};

TEST_F(LedgerApi, MovesMoneyAndListsWhatMovedIt) {
  const std::string from = open("from");
  const std::string to = open("to");
  const std::string begun = call("GET", "/v1/accounts/" + to).header("Remit-Min-Position");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(move(transfer(from, to)).status, 201);
  EXPECT_EQ(posted(to), "300");
  EXPECT_EQ(posted(from), "-300");
  const Answer pending = move(transfer(from, to, R"(,"pending":true)"));
  auto entries = request("GET", "/v1/accounts/" + to + "/entries?limit=3");
  entries.headers.add("Remit-Min-Position", pending.header("Remit-Min-Position"));
  const Answer newest = send(entries);
  EXPECT_THAT(newest.response.body, HasSubstr(R"("credits_pending":100)"));
  EXPECT_NE(newest.text("next_cursor"), "");
  auto transfers = request("GET", "/v1/transfers?account=" + to);
  transfers.headers.add("Remit-Min-Position", pending.header("Remit-Min-Position"));
  const std::string listed = send(transfers).response.body;
  std::size_t found = 0;
  for (std::size_t at = listed.find("\"trf_"); at != std::string::npos;
       at = listed.find("\"trf_", at + 1)) {
    ++found;
  }
  EXPECT_EQ(found, 4U) << listed;
}

TEST_F(LedgerApi, APendingTransferIsPostedOnceInPartOrWhole) {
  const std::string from = open("from");
  const std::string to = open("to");
  const Answer made = move(transfer(from, to, R"(,"pending":true)"));
  const std::size_t at = made.response.body.find("trf_");
  ASSERT_NE(at, std::string::npos) << made.response.body;
  const std::string id = made.response.body.substr(at, 30);
  EXPECT_EQ(posted(to), "0");
  EXPECT_EQ(call("POST", "/v1/transfers/" + id + "/post", R"({"amount":101})").status, 400);
  EXPECT_EQ(call("POST", "/v1/transfers/" + id + "/post", R"({"amount":0})").status, 400);
  EXPECT_EQ(send(as_other(request("POST", "/v1/transfers/" + id + "/post"))).status, 404);
  EXPECT_EQ(call("POST", "/v1/transfers/" + id + "/post", R"({"amount":40})").status, 200);
  EXPECT_EQ(posted(to), "40");
  EXPECT_EQ(call("POST", "/v1/transfers/" + id + "/void").status, 409);
  EXPECT_EQ(posted(to), "40");
}

TEST_F(LedgerApi, LinkedTransfersAreAllOrNone) {
  const std::string from = open("from", "debits_must_not_exceed_credits");
  const std::string to = open("to");
  const Answer refused = move(transfer(to, from) + "," + transfer(from, to, "", "101"));
  EXPECT_EQ(posted(from), "0") << refused.response.body;
  const Answer made = move(transfer(to, from) + "," + transfer(from, to, "", "99"));
  EXPECT_EQ(made.status, 201);
  EXPECT_EQ(posted(from), "1") << made.response.body;
}

TEST_F(LedgerApi, RefusesWhatIsNoTransfer) {
  const std::string from = open("from");
  const std::string to = open("to");
  const auto refused = [&](const std::string& one, std::string_view code) {
    const Answer answer = move(one);
    EXPECT_THAT(answer.response.body, HasSubstr(code)) << one;
    EXPECT_EQ(posted(from), "0") << one;
  };
  refused(transfer(from, from), "accounts_equal");
  refused(transfer(from, to, "", "0"), "amount");
  refused(transfer(from, to, "", "-5"), "amount");
  refused(transfer(from, "acc_01h455vb4pex5vsknk084sn02q"), "account_not_found");
  refused(transfer(from, to, R"(,"expires_at":"2020-01-01T00:00:00Z","pending":true)"), "expir");
  expect_refused("/v1/transfers", R"({"transfers":[{"debit_account":"acc"}]})", 400,
                 "json_wrong_format");
  expect_refused("/v1/transfers", R"({"transfer":[]})", 400, "json_unknown_field");
  // The accounts of somebody else are none.
  const auto theirs = as_other(
      request("POST", "/v1/transfers", fmt::format(R"({{"transfers":[{}]}})", transfer(from, to))));
  EXPECT_THAT(send(theirs).response.body, HasSubstr("account_not_found"));
  EXPECT_EQ(posted(from), "0");
}

TEST_F(LedgerApi, AccountsOfSomebodyElseAreAsIfThereWereNone) {
  const std::string mine = open("mine");
  const std::string position = move(transfer(mine, open("to"))).header("Remit-Min-Position");
  for (const char* path : {"", "/entries", "?at=2030-01-01T00:00:00Z"}) {
    auto made = as_other(request("GET", "/v1/accounts/" + mine + path));
    made.headers.add("Remit-Min-Position", position);
    EXPECT_EQ(send(made).status, 404) << path;
  }
  auto transfers = as_other(request("GET", "/v1/transfers?account=" + mine));
  transfers.headers.add("Remit-Min-Position", position);
  EXPECT_THAT(send(transfers).response.body, Not(HasSubstr("trf_")));
  auto accounts = as_other(request("GET", "/v1/accounts?limit=100"));
  accounts.headers.add("Remit-Min-Position", position);
  EXPECT_THAT(send(accounts).response.body, Not(HasSubstr(mine)));
}

TEST_F(LedgerApi, NobodyWaitsForAPositionThatWasNeverGiven) {
  const auto at = [&](const std::string& position) {
    auto made = request("GET", "/v1/accounts");
    made.headers.add("Remit-Min-Position", position);
    return made;
  };
  const auto begun = std::chrono::steady_clock::now();
  expect_refused(at("9223372036854775807"), 409, "position_unknown");
  EXPECT_LT(std::chrono::steady_clock::now() - begun, api::kMinPositionPatience / 2);
  expect_refused(at("9223372036854775808"), 400, "min_position_invalid");
  expect_refused(at("-1"), 400, "min_position_invalid");
  auto account = request("GET", "/v1/accounts/" + open("asked"));
  account.headers.add("Remit-Min-Position", "");
  expect_refused(account, 400, "min_position_invalid");
  const std::string now = move(transfer(open("from"), open("to"))).header("Remit-Min-Position");
  EXPECT_EQ(send(at(now)).status, 200);
  expect_refused(at(std::to_string(std::stoull(now) + 1)), 409, "position_unknown");
}

TEST_F(LedgerApi, TellsABalanceOfThePast) {
  const std::string from = open("from");
  const std::string to = open("to");
  const Answer first = move(transfer(from, to));
  auto entries = request("GET", "/v1/accounts/" + to + "/entries");
  entries.headers.add("Remit-Min-Position", first.header("Remit-Min-Position"));
  const std::string time = send(entries).response.body;
  const std::size_t at = time.find("\"time\":\"") + 8;
  const std::string then = time.substr(at, time.find('"', at) - at);
  const Answer second = move(transfer(from, to));
  const auto asked = [&](const std::string& moment) {
    auto made = request("GET", "/v1/accounts/" + to + "?at=" + moment);
    made.headers.add("Remit-Min-Position", second.header("Remit-Min-Position"));
    return send(made);
  };
  EXPECT_EQ(asked(then).text("balances.posted"), "100");
  EXPECT_EQ(asked("2100-01-01T00:00:00Z").text("balances.posted"), "200");
  EXPECT_EQ(asked("2020-01-01T00:00:00Z").status, 404) << "it was not open yet";
  EXPECT_EQ(asked("yesterday").text("code"), "time_invalid");
}

/// What was published, as clients follow it.
class EventsApi : public LedgerApi {
 protected:
  Answer events(const std::string& query, const std::string& position) {
    auto made = request("GET", "/v1/events?" + query);
    made.headers.add("Remit-Min-Position", position);
    return send(made);
  }
};

TEST_F(EventsApi, TellWhatHappenedToOneSubjectAndGoOnFromAnyOfThem) {
  const std::string account = open("told");
  const Answer moved = move(transfer(account, open("to")));
  const std::string position = moved.header("Remit-Min-Position");
  const Answer told = events("subject=" + account, position);
  EXPECT_THAT(told.response.body, HasSubstr(R"("type":"account.opened.v1")"));
  const std::size_t at = told.response.body.find("evt_");
  ASSERT_NE(at, std::string::npos) << told.response.body;
  const std::string id = told.response.body.substr(at, 30);
  const Answer rest = events("after=" + id, position);
  EXPECT_THAT(rest.response.body, HasSubstr(R"("type":"transfer.created.v1")"));
  EXPECT_THAT(rest.response.body, Not(HasSubstr(id)));
  EXPECT_EQ(call("GET", "/v1/events/" + id).text("subject"), account);
  EXPECT_EQ(send(as_other(request("GET", "/v1/events/" + id))).status, 404);
  auto theirs = as_other(request("GET", "/v1/events?limit=100"));
  theirs.headers.add("Remit-Min-Position", position);
  EXPECT_THAT(send(theirs).response.body, Not(HasSubstr(account)));
}

TEST_F(EventsApi, AreFilteredByTypeAndPaged) {
  const std::string account = open("paged");
  std::string position;
  for (int i = 0; i < 3; ++i) {
    position = move(transfer(account, open("to"))).header("Remit-Min-Position");
  }
  std::string cursor;
  std::size_t pages = 0;
  std::size_t found = 0;
  do {
    const Answer page =
        events("limit=1&type=transfer.*" + (cursor.empty() ? "" : "&cursor=" + cursor), position);
    ASSERT_EQ(page.status, 200) << page.response.body;
    EXPECT_THAT(page.response.body, Not(HasSubstr("account.opened")));
    if (page.response.body.find(account) != std::string::npos) ++found;
    cursor = page.text("next_cursor");
    ASSERT_LT(++pages, 100U);
  } while (!cursor.empty());
  EXPECT_EQ(found, 3U);
}

TEST_F(EventsApi, RefuseWhatMakesNoSense) {
  const auto refused = [this](const std::string& query, int status, std::string_view code) {
    expect_refused(request("GET", "/v1/events?" + query), status, code);
  };
  refused("type=payment.eaten.v1", 400, "event_type_unknown");
  refused("type=*payment", 400, "event_type_unknown");
  refused("subject=nonsense", 400, "id_invalid");
  refused("after=nonsense", 400, "id_invalid");
  refused("after=evt_01h455vb4pex5vsknk084sn02q", 404, "event_not_found");
  refused("cursor=" + to_base64url(as_bytes("x\n")), 400, "cursor_invalid");
  refused("cursor=" + to_base64url(as_bytes("18446744073709551615\n")), 400, "cursor_invalid");
  refused("colour=red", 400, "query_unknown");
  const std::string reader = make_key(client_, R"({"scopes":["payments_read"]})");
  auto made = request("GET", "/v1/events");
  made.headers.set("Authorization", "Bearer " + reader);
  expect_refused(made, 403, "scope_missing");
}

}  // namespace
}  // namespace remit::app
