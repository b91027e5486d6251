#include "lab/sim/receiver.h"

#include "kit/base/hash.h"
#include "kit/base/manual_host.h"
#include "lab/sim/model_bank.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace remit::lab::sim {
namespace {

constexpr std::uint32_t kAlways = 1'000'000;

class ReceiverWorld : public testing::Test {
 protected:
  ReceiverWorld() { receiver.trust("whsec_" + to_base64(secret)); }

  /// Posts an event signed by Standard Webhooks 1.0; returns the status, 0 for none.
  int post(std::string_view id, const std::string& body, const Bytes& key) {
    const std::string signed_text = fmt::format("{}.{}.{}", id, 1'767'225'600, body);
    net::ClientRequest request{
        .method = "POST", .url = fmt::format("https://{}/hook", kReceiverHost), .body = body};
    request.headers.add("webhook-id", std::string(id));
    request.headers.add("webhook-timestamp", "1767225600");
    request.headers.add(
        "webhook-signature",
        "v1a,other v1," + to_base64(view_of(hmac_sha256(key, as_bytes(signed_text)))));
    int status = 0;
    client->send(std::move(request), [&](const Result<net::HttpResponse>& answer) {
      if (answer) status = answer->status;
    });
    host.advance(std::chrono::minutes(1));
    return status;
  }

  ManualHost host{1};
  SeededRandom random{1};
  Rates rates;
  Sometimes sometimes;
  Network network{host, random, rates.network};
  Receiver receiver{{host, random, network, sometimes}, rates};
  std::unique_ptr<net::HttpClient> client = network.connect("remit", host, "");
  Bytes secret = to_bytes("a secret of thirty-two bytes....");
};

TEST_F(ReceiverWorld, takes_each_event_once_however_often_it_comes) {
  EXPECT_EQ(post("evt_1", "{}", secret), 204);
  EXPECT_EQ(post("evt_2", "{}", secret), 204);
  EXPECT_EQ(post("evt_1", "{}", secret), 204);
  ASSERT_EQ(receiver.taken().size(), 2U);
  EXPECT_EQ(receiver.taken()[0].id, "evt_1");
  EXPECT_EQ(sometimes.count(Rare::WebhookTwice), 1U);
  EXPECT_EQ(receiver.objection(), "");
}

TEST_F(ReceiverWorld, objects_to_a_signature_that_is_not_right) {
  EXPECT_EQ(post("evt_1", "{}", to_bytes("another secret of 32 bytes......")), 401);
  EXPECT_TRUE(receiver.taken().empty());
  EXPECT_NE(receiver.objection(), "");
}

TEST_F(ReceiverWorld, objects_to_a_second_body_under_one_id) {
  EXPECT_EQ(post("evt_1", "{}", secret), 204);
  post("evt_1", "{\"more\":1}", secret);
  EXPECT_NE(receiver.objection(), "");
}

TEST_F(ReceiverWorld, fails_before_or_after_it_took_an_event) {
  rates.receiver_fails_before = kAlways;
  EXPECT_GE(post("evt_1", "{}", secret), 300);
  EXPECT_TRUE(receiver.taken().empty());
  rates = {};
  rates.receiver_fails_after = kAlways;
  EXPECT_EQ(post("evt_1", "{}", secret), 500);
  EXPECT_EQ(receiver.taken().size(), 1U);
  rates = {};
  EXPECT_EQ(post("evt_1", "{}", secret), 204);
  EXPECT_EQ(sometimes.count(Rare::WebhookRetried), 1U);
  rates.receiver_silent = kAlways;
  EXPECT_EQ(post("evt_2", "{}", secret), 0);
}

}  // namespace
}  // namespace remit::lab::sim
