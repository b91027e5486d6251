#include "app/operator.h"
#include "app/served_api_test.h"
#include "kit/net/router.h"

#include <gmock/gmock.h>

#include <grp.h>
#include <sys/stat.h>

namespace remit::app {
namespace {

using testing::HasSubstr;
using testing::Not;

/// What people did, as `remit audit list` reads it from the journal.
class Audit : public ServedApi {
 protected:
  static std::string audit(std::uint64_t partition, const std::string& filter = {}) {
    const auto answer =
        ask_admin(data(), "GET", fmt::format("/admin/audit?partition={}{}", partition, filter));
    EXPECT_TRUE(answer) << answer.error().describe();
    return answer.value_or("");
  }
  static std::string me() { return fmt::format(R"("by":"{}")", actor_of_process()); }
};

TEST_F(Audit, TellsWhoDidWhatToWhom) {
  const std::string client = admin("/admin/clients", R"({"name":"Audited"})", "id");
  const auto made = ask_admin(data(), "POST", "/admin/clients/" + client + "/keys", "{}");
  const auto key = codec::JsonDocument::parse(*made, {});
  const std::string id = text_at(key->root(), "id");
  admin("/admin/keys/" + id + "/revoke", "{}", "");
  admin("/admin/flows/submit_payments/throttle", R"({"records_per_second_max":9})", "");
  admin("/admin/flows/submit_payments/throttle", R"({"records_per_second_max":0})", "");
  admin("/admin/flows/read_model/rebuild", "{}", "");

  const std::string system = audit(0);
  EXPECT_THAT(system, HasSubstr(me() + R"(,"act":"client.created","on":")" + client));
  EXPECT_THAT(system,
              HasSubstr(R"("act":"api_key.revoked","on":")" + id + R"(","client":")" + client));
  EXPECT_THAT(system, HasSubstr("flow_rebuild_begun"));
  EXPECT_THAT(audit(1), HasSubstr(me() + R"(,"act":"flow.throttled")"));

  const std::string of_client = audit(0, "&client=" + client);
  EXPECT_THAT(of_client, HasSubstr("api_key.revoked"));
  EXPECT_THAT(of_client, Not(HasSubstr(client_)));
  EXPECT_THAT(audit(0, "&by=nobody-of-that-name"), HasSubstr(R"("data":[])"));
  EXPECT_THAT(audit(0, "&by=" + actor_of_process().substr(5)), HasSubstr("api_key.revoked"));
}

TEST_F(Audit, BeginsWhereItIsAsked) {
  const std::string before = admin("/admin/clients", R"({"name":"Before"})", "id");
  const std::string since = net::percent_encode(to_rfc3339(SystemClock().now()));
  const std::string after = admin("/admin/clients", R"({"name":"After"})", "id");
  const std::string found = audit(0, "&since=" + since);
  EXPECT_THAT(found, HasSubstr(after));
  EXPECT_THAT(found, Not(HasSubstr(before)));
  const auto later = net::percent_encode(to_rfc3339(SystemClock().now() + std::chrono::hours(1)));
  EXPECT_EQ(audit(0, "&since=" + later), R"({"data":[],"next":0})");
  const auto refused = ask_admin(data(), "GET", "/admin/audit?partition=0&since=yesterday");
  ASSERT_FALSE(refused);
}

TEST_F(Audit, KnowsWhatKeysDidWhenItIsAsked) {
  const Answer paid =
      call("POST", "/v1/payments",
           R"({"amount":{"amount":1250,"currency":"GBP"},"creditor":{"name":"Fern & Sons",)"
           R"("sort_code":"204514","account_number":"10000001"},"reference":"INV 1"})");
  ASSERT_EQ(paid.status, 201) << paid.response.body;
  EXPECT_THAT(audit(1), Not(HasSubstr(paid.text("id")))) << "people alone";
  const auto keys = ask_admin(data(), "GET", "/admin/clients/" + client_ + "/keys");
  const std::string id = keys->substr(keys->find("key_"), 30);
  const std::string by_key = audit(1, "&by=key:" + id);
  EXPECT_THAT(by_key, HasSubstr(R"("act":"payment.created","on":")" + paid.text("id")));
  EXPECT_THAT(by_key, HasSubstr(client_));
  EXPECT_THAT(by_key, Not(HasSubstr("Fern"))) << "what is sealed stays sealed";
}

TEST_F(Audit, OperatorsMayBeAGroup) {
  const group* own = ::getgrgid(::getgid());
  ASSERT_NE(own, nullptr);
  ServerConfig config = config_of_suite();
  config.data.directory = folder_ + "/shared";
  config.operators.group = own->gr_name;
  {
    const auto server = start_on(config);
    ASSERT_TRUE(server) << server.error().describe();
    struct stat status{};
    ASSERT_EQ(::stat((folder_ + "/shared/admin.sock").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0660U);
    EXPECT_EQ(status.st_gid, ::getgid());
    ASSERT_EQ(::stat((folder_ + "/shared").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0710U);
    ASSERT_EQ(::stat((folder_ + "/shared/keys").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0700U);
  }
  config.operators.group = "no-such-group-anywhere";
  const auto refused = start_on(config);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, "operators_group_unusable");
}

}  // namespace
}  // namespace remit::app
