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
}

}  // namespace
}  // namespace remit::app
