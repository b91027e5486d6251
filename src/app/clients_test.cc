#include "app/served_api_test.h"

#include <gmock/gmock.h>

namespace remit::app {
namespace {

using testing::HasSubstr;
using testing::Not;

/// What operators do with clients and keys, and what those find.
class Clients : public ServedApi {
 protected:
  static std::string asked(const std::string& path) {
    const auto answer = ask_admin(data(), "GET", path);
    EXPECT_TRUE(answer) << answer.error().describe();
    return answer.value_or("");
  }
  Answer list_with(const std::string& key) {
    auto made = request("GET", "/v1/payments");
    made.headers.set("Authorization", "Bearer " + key);
    return send(made);
  }
};

TEST_F(Clients, AreListedWithTheirKeysAndNeverWithASecret) {
  const std::string client = admin("/admin/clients", R"({"name":"Listed \"&\" shown"})", "id");
  const std::string key = make_key(client, R"({"scopes":["ledger_read"]})");
  EXPECT_THAT(asked("/admin/clients"), HasSubstr(client));
  EXPECT_THAT(asked("/admin/clients"), HasSubstr(R"("name":"Listed \"&\" shown")"));
  const std::string keys = asked("/admin/clients/" + client + "/keys");
  EXPECT_THAT(keys, HasSubstr(R"("scopes":["ledger_read"])"));
  EXPECT_THAT(keys, Not(HasSubstr("hash")));
  EXPECT_THAT(keys, Not(HasSubstr(key)));
}

TEST_F(Clients, ASuspendedOneOpensNothingUntilItIsActive) {
  const std::string client = admin("/admin/clients", R"({"name":"Suspended"})", "id");
  const std::string key = make_key(client, "{}");
  EXPECT_EQ(list_with(key).status, 200);
  admin("/admin/clients/" + client + "/suspend", "{}", "");
  EXPECT_EQ(list_with(key).text("code"), "client_suspended");
  EXPECT_THAT(asked("/admin/clients"), HasSubstr(R"("status":"suspended")"));
  restart();
  EXPECT_EQ(list_with(key).text("code"), "client_suspended");
  admin("/admin/clients/" + client + "/activate", "{}", "");
  EXPECT_EQ(list_with(key).status, 200);
}

TEST_F(Clients, AreHeldToTheirLimit) {
  const std::string client = admin("/admin/clients", R"({"name":"Busy"})", "id");
  const std::string first = make_key(client, "{}");
  const std::string second = make_key(client, "{}");
  EXPECT_EQ(list_with(first).header("RateLimit-Limit"), "1000") << "the default";
  admin("/admin/clients/" + client + "/limit", R"({"limit":{"per_second_max":1,"burst_max":3}})",
        "");
  const Answer admitted = list_with(first);
  EXPECT_EQ(admitted.status, 200);
  EXPECT_EQ(admitted.header("RateLimit-Limit"), "3");
  EXPECT_EQ(admitted.header("RateLimit-Remaining"), "2");
  EXPECT_EQ(list_with(second).header("RateLimit-Remaining"), "1") << "of all its keys";
  list_with(first);
  const Answer refused = list_with(second);
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.text("code"), "rate_limited");
  EXPECT_EQ(refused.header("Retry-After"), "1");
  EXPECT_EQ(refused.header("RateLimit-Remaining"), "0");
  EXPECT_EQ(refused.header("RateLimit-Reset"), "3");
  EXPECT_EQ(list_with(key_).status, 200) << "others are not held to it";
  restart();
  EXPECT_EQ(list_with(first).header("RateLimit-Limit"), "3");
  admin("/admin/clients/" + client + "/limit", "{}", "");
  EXPECT_EQ(list_with(first).header("RateLimit-Limit"), "1000");
  EXPECT_THAT(send({.method = "GET", .url = server_->url() + "/metrics"}).response.body,
              HasSubstr("remit_http_rate_limited_total"));
}

TEST_F(Clients, StrangersAreLimitedByAddress) {
  ServerConfig config = config_of_suite();
  config.data.directory = folder_ + "/strangers";
  config.http.address_requests_per_second_max = 1;
  config.http.address_burst_max = 2;
  const auto server = start_on(std::move(config));
  ASSERT_TRUE(server) << server.error().describe();
  const auto stranger = [&] {
    net::ClientRequest made{.method = "GET", .url = (*server)->url() + "/v1/payments"};
    made.headers.add("Authorization", "Bearer guess");
    return send(std::move(made));
  };
  EXPECT_EQ(stranger().status, 401);
  EXPECT_EQ(stranger().header("RateLimit-Remaining"), "0");
  EXPECT_EQ(stranger().status, 429);
  EXPECT_EQ(send({.method = "GET", .url = (*server)->url() + "/callback"}).status, 429);
  EXPECT_EQ(send({.method = "GET", .url = (*server)->url() + "/nowhere"}).status, 429);
  EXPECT_EQ(send({.method = "GET", .url = (*server)->url() + "/livez"}).status, 200);
}

TEST_F(Clients, RotateAKeyWithoutAGap) {
  const std::string client = admin("/admin/clients", R"({"name":"Rotating"})", "id");
  const std::string old = make_key(client, "{}");
  const std::string listed = asked("/admin/clients/" + client + "/keys");
  const std::string id = listed.substr(listed.find("key_"), 30);
  EXPECT_THAT(listed, Not(HasSubstr("last_used_at")));
  const std::string next = admin("/admin/keys/" + id + "/rotate", R"({"grace":3600000000})", "key");
  EXPECT_EQ(list_with(old).status, 200);
  EXPECT_EQ(list_with(next).status, 200);
  EXPECT_THAT(asked("/admin/clients/" + client + "/keys"), HasSubstr("last_used_at"));
  EXPECT_THAT(asked("/admin/clients/" + client + "/keys"), HasSubstr("replaced_by"));
  const auto again = ask_admin(data(), "POST", "/admin/keys/" + id + "/rotate", "{}");
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().reason, "api_key_rotated_already");

  const std::string brief = make_key(client, "{}");
  std::string all = asked("/admin/clients/" + client + "/keys");
  admin("/admin/keys/" + all.substr(all.rfind("key_"), 30) + "/rotate", R"({"grace":0})", "key");
  EXPECT_EQ(list_with(brief).text("code"), "api_key_unknown");
}

TEST_F(Clients, RefuseWhatDoesNotExist) {
  const auto refused = [](const std::string& path, std::string body, std::string_view reason) {
    const auto answer = ask_admin(data(), "POST", path, std::move(body));
    ASSERT_FALSE(answer) << path;
    EXPECT_EQ(answer.error().reason, reason) << answer.error().describe();
  };
  refused("/admin/clients", R"({"name":""})", "name_invalid");
  refused("/admin/clients/cli_01h455vb4pex5vsknk084sn02q/keys", "{}", "client_not_found");
  refused("/admin/clients/cli_01h455vb4pex5vsknk084sn02q/suspend", "{}", "client_not_found");
  refused("/admin/clients/pay_01h455vb4pex5vsknk084sn02q/keys", "{}", "id_invalid");
  refused("/admin/keys/key_01h455vb4pex5vsknk084sn02q/revoke", "{}", "api_key_not_found");
  refused("/admin/keys/key_01h455vb4pex5vsknk084sn02q/rotate", "{}", "api_key_not_found");
  refused("/admin/keys/key_01h455vb4pex5vsknk084sn02q/limit", "{}", "api_key_not_found");
  refused("/admin/clients/cli_01h455vb4pex5vsknk084sn02q/limit", "{}", "client_not_found");
}

}  // namespace
}  // namespace remit::app
