#include "pay/webhooks/endpoints/webhook_resource.h"

#include "kit/base/codec/faulty_keyring_test.h"
#include "pay/webhooks/signature.h"

#include <gtest/gtest.h>

namespace remit::webhooks {
namespace {

class WebhookResource : public testing::Test {
 protected:
  SeededEntropy entropy_{1};
  codec::MemoryKeyring keyring_{entropy_};
  codec::FaultyKeyring faulty_{keyring_};
  codec::Sealer sealer_{faulty_, entropy_};
  const ClientId client_{"cli", {1}};
};

TEST_F(WebhookResource, shows_keys_unless_the_client_was_erased_and_says_when_it_cannot) {
  const SignatureScheme scheme = SignatureScheme::HmacSha256;
  const WebhookEndpoint endpoint{
      .client = client_,
      .keys = {
          {.scheme = scheme, .secret = *sealer_.seal(client_, make_secret(scheme, entropy_))}}};
  EXPECT_EQ(to_resource_with_keys(endpoint, sealer_)->keys->size(), 1U);
  faulty_.failing_finds = 1;
  EXPECT_EQ(to_resource_with_keys(endpoint, sealer_).error().code, ErrorCode::Internal);
  ASSERT_TRUE(keyring_.erase(client_));
  EXPECT_TRUE(to_resource_with_keys(endpoint, sealer_)->keys->empty());
}

TEST_F(WebhookResource, shows_what_a_receiver_answered_in_the_same_way) {
  const Delivery delivery{
      .last_attempts = {{.number = 1, .answer = *sealer_.seal(client_, std::string("Busy"))}}};
  EXPECT_EQ(to_resource(delivery, sealer_)->attempts.front().answer, "Busy");
  faulty_.failing_finds = 1;
  EXPECT_EQ(to_resource(delivery, sealer_).error().code, ErrorCode::Internal);
  ASSERT_TRUE(keyring_.erase(client_));
  EXPECT_EQ(to_resource(delivery, sealer_)->attempts.front().answer, codec::kErasedText);
}

}  // namespace
}  // namespace remit::webhooks
