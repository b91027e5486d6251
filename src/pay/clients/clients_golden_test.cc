#include "kit/base/codec/codec.h"
#include "kit/base/codec/golden_test.h"
#include "pay/clients/client.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace remit::clients {
namespace {

template <class V>
void expect_event(const V& event) {
  codec::expect_golden(fmt::format("clients/{}.{}.hex", V::kType.name, V::kType.schema),
                       codec::encode(event));
}

/// What clients put into journals, as every version must be able to read it.
TEST(ClientsGolden, events) {
  expect_event(ClientCreated{"Acme Ltd"});
  expect_event(ClientStatusChanged{ClientStatus::Suspended});
  expect_event(ApiKeyCreated{ClientId("cli", {1, 2}),
                             KeyMode::Live,
                             sha256(as_bytes("secret")),
                             {api::Scope::PaymentsWrite, api::Scope::Admin},
                             Timestamp(std::chrono::microseconds(1'787'218'200'123'456))});
  expect_event(ApiKeyRevoked{});
  expect_event(ApiKeyRotated{TypeId("key", {3, 4}),
                             Timestamp(std::chrono::microseconds(1'787'218'200'123'456))});
  expect_event(ClientLimitSet{api::RateLimit{500, 1000}});
  expect_event(ApiKeyLimitSet{});
}

/// A key's text is in the hands of clients, so its form and its hash must stay what they are.
TEST(ClientsGolden, key_text_and_hash) {
  SeededEntropy entropy(7);
  const ApiKeyText key = make_api_key(KeyMode::Live, TypeId("key", {9}), entropy);
  codec::expect_golden_text("clients/api_key.txt",
                            print_api_key(key) + "\n" + to_hex(view_of(hash_api_key(key))) + "\n");
}

}  // namespace
}  // namespace remit::clients
