#include "app/served_api_test.h"

#include <gmock/gmock.h>

#include <thread>

namespace remit::app {
namespace {

using testing::HasSubstr;
using testing::Not;

/// What clients see of webhooks, short of a delivery.
class WebhooksApi : public ServedApi {
 protected:
  static constexpr std::string_view kAll = "/v1/webhook_endpoints";
  Answer open(std::string_view more = "") {
    return call("POST", std::string(kAll),
                fmt::format(R"({{"url":"https://shop.example/hook"{}}})", more));
  }
  net::ClientRequest with_json(std::string method, std::string path, std::string body) {
    auto made = request(std::move(method), std::move(path), std::move(body));
    made.headers.set("Content-Type", "application/json");
    return made;
  }
  Answer as_other(std::string method, std::string path, std::string body = {}) {
    auto made = with_json(std::move(method), std::move(path), std::move(body));
    made.headers.set("Authorization", "Bearer " + other_key_);
    return send(made);
  }
};

TEST_F(WebhooksApi, AnEndpointIsOpenedShownChangedAndDeleted) {
  const Answer opened =
      open(R"(,"event_types":["payment.*","transfer.posted.v1"],"description":"Orders")");
  ASSERT_EQ(opened.status, 201) << opened.response.body;
  EXPECT_THAT(opened.response.body, HasSubstr(R"("key":"whsec_)"));
  const std::string path = fmt::format("{}/{}", kAll, opened.text("id"));
  const Answer shown = call("GET", path);
  EXPECT_EQ(shown.text("status"), "enabled");
  EXPECT_THAT(shown.response.body, Not(HasSubstr("whsec_")));
  EXPECT_THAT(call("GET", path + "/keys").response.body, HasSubstr(R"("key":"whsec_)"));

  const Answer changed =
      send(with_json("PATCH", path, R"({"enabled":false,"description":"None"})"));
  EXPECT_EQ(changed.status, 200) << changed.response.body;
  EXPECT_EQ(changed.text("status"), "disabled");
  EXPECT_EQ(changed.text("disabled_because"), "client");
  EXPECT_EQ(changed.text("description"), "None");
  EXPECT_EQ(changed.text("url"), "https://shop.example/hook");
  expect_refused(path + "/resend", R"({"since":"2026-01-01T00:00:00Z"})", 409,
                 "webhook_endpoint_disabled");

  const Answer deleted = call("DELETE", path);
  EXPECT_EQ(deleted.status, 200) << deleted.response.body;
  EXPECT_EQ(call("GET", path).status, 404);
  auto list = request("GET", std::string(kAll));
  list.headers.add("Remit-Min-Position", deleted.header("Remit-Min-Position"));
  EXPECT_THAT(send(list).response.body, Not(HasSubstr(opened.text("id"))));
}

TEST_F(WebhooksApi, TheSameRequestGivesTheSameSecret) {
  const auto made =
      request("POST", std::string(kAll), R"({"url":"https://shop.example/","scheme":"ed25519"})");
  const Answer first = send(made);
  const Answer second = send(made);
  EXPECT_THAT(first.response.body, HasSubstr(R"("key":"whpk_)"));
  EXPECT_EQ(first.response.body, second.response.body);
  EXPECT_EQ(second.header("Idempotent-Replayed"), "true");
}

TEST_F(WebhooksApi, ARotatedSecretStandsBesideTheOld) {
  const std::string path = fmt::format("{}/{}", kAll, open().text("id"));
  const Answer rotated = call("POST", path + "/rotate_secret", R"({"overlap_seconds":60})");
  ASSERT_EQ(rotated.status, 200) << rotated.response.body;
  EXPECT_THAT(rotated.response.body, HasSubstr(R"("expires_at":")"));
  EXPECT_EQ(call("POST", path + "/rotate_secret").status, 200);
  expect_refused(path + "/rotate_secret", R"({"overlap_seconds":9999999})", 400,
                 "overlap_too_long");
}

TEST_F(WebhooksApi, RefusesUrlsThatLeadInside) {
  const auto refused = [this](std::string_view url, std::string_view code = "url_not_allowed") {
    expect_refused(std::string(kAll), fmt::format(R"({{"url":"{}"}})", url), 400, code);
  };
  refused("http://shop.example/");
  refused("https://user:secret@shop.example/");
  refused("https://shop.example/#part");
  refused("https://127.0.0.1/");
  refused("https://127.1/");
  refused("https://0x7f000001/");
  refused("https://2130706433/");
  refused("https://169.254.169.254/latest/meta-data/");
  refused("https://10.1.2.3/");
  refused("https://[::1]/");
  refused("https://[::ffff:10.0.0.1]/");
  refused("https://[fd00::1]/");
  refused("https://localhost/");
  refused("https://shop.example/" + std::string(3000, 'a'));
  refused("ftp://shop.example/");
  refused("shop.example", "url_invalid");
  refused("", "url_invalid");
  refused("https://shop example/", "url_invalid");
  refused("javascript:alert(1)", "url_invalid");
}

TEST_F(WebhooksApi, RefusesWhatItDoesNotKnow) {
  const std::string all(kAll);
  expect_refused(all, R"({"url":"https://shop.example/","event_types":["payment.exploded"]})", 400,
                 "event_type_unknown");
  expect_refused(all, R"({"url":"https://shop.example/","scheme":"md5"})", 400,
                 "json_unknown_value");
  expect_refused(all + "/pay_01h455vb4pex5vsknk084sn02q/resend", "{}", 404,
                 "webhook_endpoint_not_found");
  const std::string path = fmt::format("{}/{}", kAll, open().text("id"));
  expect_refused(path + "/resend", "{}", 400, "resend_unclear");
  expect_refused(path + "/resend", R"({"event":"evt_01h455vb4pex5vsknk084sn02q"})", 404,
                 "event_not_found");
  expect_refused("/v1/webhook_deliveries/whd_01h455vb4pex5vsknk084sn02q/resend", "", 404,
                 "webhook_delivery_not_found");
  expect_refused(request("GET", path + "/deliveries?status=lost"), 400, "status_unknown");
}

TEST_F(WebhooksApi, AnotherClientFindsNothing) {
  const std::string path = fmt::format("{}/{}", kAll, open().text("id"));
  EXPECT_EQ(as_other("GET", path).status, 404);
  EXPECT_EQ(as_other("GET", path + "/keys").status, 404);
  EXPECT_EQ(as_other("GET", path + "/deliveries").status, 404);
  EXPECT_EQ(as_other("PATCH", path, R"({"enabled":false})").status, 404);
  EXPECT_EQ(as_other("DELETE", path).status, 404);
  EXPECT_EQ(as_other("POST", path + "/rotate_secret").status, 404);
  EXPECT_EQ(as_other("POST", path + "/resend", R"({"since":"2026-01-01T00:00:00Z"})").status, 404);
  EXPECT_THAT(as_other("GET", std::string(kAll)).response.body, HasSubstr(R"("data":[])"));
  EXPECT_EQ(call("GET", path).text("status"), "enabled");
}

TEST_F(WebhooksApi, AClientHasABoundedNumberOfEndpoints) {
  const std::string client = admin("/admin/clients", R"({"name":"Many endpoints"})", "id");
  const std::string key = make_key(client, "{}");
  auto made = request("POST", std::string(kAll), R"({"url":"https://shop.example/"})");
  made.headers.set("Authorization", "Bearer " + key);
  int status = 201;
  int opened = -1;
  for (; status == 201 && opened < 100; ++opened) {
    made.headers.set("Idempotency-Key", fmt::format("endpoint-{}", opened));
    status = send(made).status;
  }
  EXPECT_EQ(status, 409);
  EXPECT_EQ(opened, 32);
}

/// Deliveries are decided on the engine's thread and sent by a client of their own: neither may outlive the other in use.
TEST_F(WebhooksApi, AServerMayEndWhileDeliveriesAreUnderWay) {
  ASSERT_EQ(open().status, 201);
  for (int round = 0; round < 5; ++round) {
    for (int i = 0; i < 40; ++i) {
      call("POST", "/v1/accounts",
           fmt::format(R"({{"name":"round {} {}","type":"asset","currency":"GBP"}})", round, i));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20 * round));
    restart();
  }
  EXPECT_EQ(call("GET", std::string(kAll)).status, 200);
}

}  // namespace
}  // namespace remit::app
