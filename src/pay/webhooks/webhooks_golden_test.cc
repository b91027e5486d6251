#include "kit/base/codec/golden_test.h"
#include "pay/webhooks/delivery.h"
#include "pay/webhooks/read_tables.h"
#include "pay/webhooks/signature.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace remit::webhooks {
namespace {

const ClientId kClient("cli", {1, 2});
const TypeId kEndpoint("whe", {3});
const TypeId kEvent("evt", {4});
constexpr Timestamp kTime{std::chrono::microseconds(1'787'218'200'123'456)};

codec::Sealed<std::string> sealed() {
  return codec::Sealed<std::string>(codec::SealedBox{kClient, 3, {}, to_bytes("ciphertext")});
}

template <class V>
void expect_event(const V& event) {
  codec::expect_golden(fmt::format("webhooks/{}.{}.hex", V::kType.name, V::kType.schema),
                       codec::encode(event));
}

/// What webhooks put into journals, as every version must be able to read it.
TEST(WebhooksGolden, events) {
  const EndpointSettings settings{"https://shop.example/", {"payment.*"}, "orders"};
  const SigningKey key{TypeId("whk", {5}), SignatureScheme::Ed25519, sealed(), kTime, kTime};
  const Delivered what{kClient, kEndpoint, kEvent, "payment.settled.v1", TypeId("pay", {6}), 42};
  expect_event(EndpointCreated{kClient, settings, key});
  expect_event(EndpointUpdated{settings});
  expect_event(EndpointEnabled{});
  expect_event(EndpointDisabled{"gone"});
  expect_event(EndpointDeleted{kClient});
  expect_event(SecretRotated{key, kTime});
  expect_event(
      DeliveryAttempted{what,
                        2,
                        {3, kTime, std::chrono::seconds(1), 503, "status_not_2xx", sealed()},
                        DeliveryStatus::Retrying,
                        kTime});
  expect_event(ResendRequested{what, 2});
}

/// Names and ids under which things are found again for ever.
TEST(WebhooksGolden, names) {
  codec::expect_golden_text("webhooks/ids.txt", delivery_id(kEndpoint, kEvent).to_string() + "\n" +
                                                    client_endpoints_id(kClient).to_string() +
                                                    "\n" + flow_name(kEndpoint) + "\n");
}

/// The example of Standard Webhooks 1.0's reference libraries: its secret, id, time and body have this signature.
TEST(WebhookSignature, IsTheOneOfTheStandardsExample) {
  const std::vector<OpenedKey> keys{
      {SignatureScheme::HmacSha256, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}};
  const auto headers = sign(keys, "msg_p5jXN8AQM9LWM0D4loKWxJek",
                            Timestamp(std::chrono::seconds(1614265330)), R"({"test": 2432232314})");
  ASSERT_TRUE(headers) << headers.error().describe();
  EXPECT_EQ(headers->find("webhook-signature"), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  EXPECT_EQ(headers->find("webhook-timestamp"), "1614265330");
}

TEST(WebhookSignature, KeysAreWhatReceiversKnow) {
  SeededEntropy entropy(1);
  const std::string secret = make_secret(SignatureScheme::HmacSha256, entropy);
  EXPECT_TRUE(secret.starts_with("whsec_"));
  EXPECT_EQ(from_base64(secret.substr(6))->size(), 32u);
  EXPECT_EQ(*receivers_key(SignatureScheme::HmacSha256, secret), secret);
  const std::string own = make_secret(SignatureScheme::Ed25519, entropy);
  const auto shared = receivers_key(SignatureScheme::Ed25519, own);
  ASSERT_TRUE(shared);
  EXPECT_TRUE(shared->starts_with("whpk_"));
  EXPECT_EQ(from_base64(shared->substr(5))->size(), 32u);
  EXPECT_EQ(receivers_key(SignatureScheme::Ed25519, secret).error().reason, "key_invalid");
  EXPECT_EQ(receivers_key(SignatureScheme::HmacSha256, own).error().reason, "key_invalid");
}

}  // namespace
}  // namespace remit::webhooks
