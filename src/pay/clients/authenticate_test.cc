#include "pay/clients/authenticate.h"

#include "kit/base/codec/codec.h"
#include "kit/base/codec/json.h"
#include "kit/base/manual_host.h"
#include "kit/engine/engine.h"
#include "kit/engine/memory/memory_checkpoint_store.h"
#include "kit/journal/memory/memory_journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace remit::clients {
namespace {

using std::chrono::hours;

/// An engine of the system partition, and a table that follows its journal.
class ClientsTest : public testing::Test {
 protected:
  ClientsTest() {
    register_kinds(registry_);
    auto opened = engine::Engine::open(registry_, {journal_, checkpoints_, host_}, kSystem, {});
    EXPECT_TRUE(opened) << opened.error().describe();
    engine_ = *std::move(opened);
    engine_->start();
  }
  ~ClientsTest() override { engine_->stop(); }

  template <engine::Command C>
  Result<typename C::Answer> ask(C command) {
    std::optional<Result<engine::Answered>> heard;
    engine_->submit({.command = id("cmd")}, std::move(command),
                    [&](Result<engine::Answered> answer) { heard = std::move(answer); });
    host_.step_until_idle();
    if (!heard->has_value()) return std::unexpected(heard->error());
    return codec::decode<typename C::Answer>((*heard)->body);
  }
  TypeId id(std::string_view prefix) { return TypeId::make(prefix, host_.clock().now(), random_); }
  TypeId create_client() {
    const auto client = ask(CreateClient{id("cli"), "Acme"});
    EXPECT_TRUE(client) << client.error().describe();
    return client->id;
  }
  ApiKeyText create_key(const ClientId& client, Timestamp expires_at = {}) {
    const ApiKeyText text = make_api_key(KeyMode::Live, id("key"), entropy_);
    const auto key = ask(CreateApiKey{.id = text.id,
                                      .client = client,
                                      .mode = text.mode,
                                      .secret_hash = hash_api_key(text),
                                      .scopes = {api::Scope::PaymentsRead},
                                      .expires_at = expires_at});
    EXPECT_TRUE(key) << key.error().describe();
    return text;
  }
  Result<api::Caller> authenticate(std::string header) {
    EXPECT_TRUE(table_.catch_up(journal_, kSystem));
    net::HttpRequest request;
    request.headers.add("authorization", std::move(header));
    return table_.authenticate(request);
  }
  std::string refusal(const ApiKeyText& key) {
    const auto caller = authenticate("Bearer " + print_api_key(key));
    return caller ? "" : caller.error().reason;
  }

  static constexpr journal::PartitionId kSystem{0};
  ManualHost host_{1};
  journal::MemoryJournal journal_;
  engine::MemoryCheckpointStore checkpoints_;
  engine::Registry registry_;
  SeededRandom random_{2};
  SeededEntropy entropy_{3};
  KeyTable table_{host_.clock(), 3};
  std::unique_ptr<engine::Engine> engine_;
};

TEST_F(ClientsTest, a_key_opens_what_its_scopes_say) {
  const TypeId client = create_client();
  const ApiKeyText key = create_key(client);
  const auto caller = authenticate("bEARER " + print_api_key(key));
  ASSERT_TRUE(caller) << caller.error().describe();
  EXPECT_EQ(caller->client, client);
  EXPECT_EQ(caller->key, key.id);
  EXPECT_THAT(caller->scopes, testing::ElementsAre(api::Scope::PaymentsRead));
}

TEST_F(ClientsTest, the_journal_holds_no_secret) {
  const ApiKeyText key = create_key(create_client());
  const auto events = *journal_.read(kSystem, journal::Position(1), {});
  ASSERT_EQ(events.size(), 2U);
  for (const auto& event : events) {
    EXPECT_EQ(as_text(event.payload).find(as_text(key.secret)), std::string_view::npos);
  }
}

TEST_F(ClientsTest, refusals_differ_by_reason_only) {
  const TypeId client = create_client();
  const ApiKeyText key = create_key(client);
  ApiKeyText wrong_secret = key;
  wrong_secret.secret[31] ^= std::byte{1};
  ApiKeyText wrong_mode = key;
  wrong_mode.mode = KeyMode::Test;
  EXPECT_EQ(refusal(wrong_secret), "api_key_unknown");
  EXPECT_EQ(refusal(wrong_mode), "api_key_unknown");
  EXPECT_EQ(refusal(make_api_key(KeyMode::Live, id("key"), entropy_)), "api_key_unknown");
  EXPECT_EQ(authenticate("Basic abc").error().reason, "api_key_malformed");
  EXPECT_EQ(table_.authenticate({}).error().reason, "api_key_missing");

  ASSERT_TRUE(ask(RevokeApiKey{key.id}));
  ASSERT_TRUE(ask(RevokeApiKey{key.id}));
  EXPECT_EQ(refusal(key), "api_key_unknown") << "whoever found it learns nothing of it";
  const auto revoked = authenticate("Bearer " + print_api_key(key));
  EXPECT_EQ(revoked.error().code, ErrorCode::Unauthenticated);
  EXPECT_EQ(revoked.error().message, authenticate("Bearer x").error().message);
}

TEST_F(ClientsTest, keys_expire_and_clients_are_suspended_and_come_back) {
  const TypeId client = create_client();
  const ApiKeyText brief = create_key(client, host_.clock().now() + hours(1));
  const ApiKeyText lasting = create_key(client);
  EXPECT_EQ(refusal(brief), "");
  host_.advance(hours(1));
  const auto expired = authenticate("Bearer " + print_api_key(brief));
  const auto unknown =
      authenticate("Bearer " + print_api_key(make_api_key(KeyMode::Live, id("key"), entropy_)));
  ASSERT_FALSE(expired);
  EXPECT_EQ(expired.error(), unknown.error());
  ASSERT_TRUE(ask(SetClientStatus{client, ClientStatus::Suspended}));
  EXPECT_EQ(refusal(lasting), "client_suspended");
  ASSERT_TRUE(ask(SetClientStatus{client, ClientStatus::Active}));
  EXPECT_EQ(refusal(lasting), "");
}

TEST_F(ClientsTest, rules_refuse_what_makes_no_sense) {
  const TypeId client = create_client();
  EXPECT_EQ(ask(CreateClient{client, "Other"}).error().reason, "client_id_reused");
  EXPECT_EQ(ask(CreateClient{client, "Acme"})->id, client);
  EXPECT_EQ(ask(CreateClient{id("cli"), ""}).error().reason, "name_invalid");
  EXPECT_EQ(ask(RevokeApiKey{id("key")}).error().reason, "api_key_not_found");
  CreateApiKey command{.id = id("key"), .client = id("cli"), .scopes = {api::Scope::Admin}};
  EXPECT_EQ(ask(command).error().reason, "client_not_found");
  command.client = client;
  command.expires_at = host_.clock().now();
  EXPECT_EQ(ask(command).error().reason, "expiry_in_the_past");
  command.expires_at = {};
  command.scopes = {api::Scope::Admin, api::Scope::Admin};
  EXPECT_EQ(ask(command).error().reason, "scopes_invalid");
  command.scopes = {api::Scope::Admin};
  EXPECT_TRUE(ask(command));
  EXPECT_EQ(ask(command).error().reason, "api_key_id_reused");
}

TEST_F(ClientsTest, a_full_table_says_so_and_keeps_what_it_has) {
  const TypeId client = create_client();
  const ApiKeyText first = create_key(client);
  for (int i = 0; i < 3; ++i) create_key(client);
  const auto full = table_.catch_up(journal_, kSystem);
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().reason, "api_keys_too_many");
  net::HttpRequest request;
  request.headers.add("Authorization", "Bearer " + print_api_key(first));
  EXPECT_TRUE(table_.authenticate(request));
  // What comes behind the key that found no room still counts.
  ASSERT_TRUE(ask(RevokeApiKey{first.id}));
  EXPECT_FALSE(table_.catch_up(journal_, kSystem));
  EXPECT_EQ(table_.authenticate(request).error().reason, "api_key_unknown");
}

TEST_F(ClientsTest, a_rotated_key_goes_on_for_its_grace) {
  const TypeId client = create_client();
  const ApiKeyText old = create_key(client);
  ASSERT_TRUE(ask(SetLimit{old.id, api::RateLimit{5, 7}}));
  const ApiKeyText next = make_api_key(KeyMode::Live, id("key"), entropy_);
  const RotateApiKey rotate{
      .id = old.id, .new_id = next.id, .secret_hash = hash_api_key(next), .grace = hours(2)};
  const auto made = ask(rotate);
  ASSERT_TRUE(made) << made.error().describe();
  EXPECT_EQ(made->expires_at, Timestamp());
  EXPECT_EQ(ask(rotate)->id, next.id) << "again";
  EXPECT_EQ(refusal(old), "");
  const auto caller = authenticate("Bearer " + print_api_key(next));
  ASSERT_TRUE(caller);
  EXPECT_THAT(caller->scopes, testing::ElementsAre(api::Scope::PaymentsRead));
  EXPECT_EQ(caller->limit, (api::RateLimit{5, 7}));
  host_.advance(hours(2));
  EXPECT_EQ(refusal(old), "api_key_unknown");
  EXPECT_EQ(refusal(next), "");
}

TEST_F(ClientsTest, rotation_keeps_the_length_of_a_life_and_never_lengthens_one) {
  const TypeId client = create_client();
  const ApiKeyText old = create_key(client, host_.clock().now() + hours(10));
  host_.advance(hours(9));
  RotateApiKey rotate{.id = old.id, .new_id = id("key"), .grace = hours(24)};
  const auto made = ask(rotate);
  ASSERT_TRUE(made) << made.error().describe();
  EXPECT_EQ(made->expires_at, host_.clock().now() + hours(10));
  rotate.new_id = id("key");
  EXPECT_EQ(ask(rotate).error().reason, "api_key_rotated_already");
  host_.advance(hours(1));
  EXPECT_EQ(refusal(old), "api_key_unknown") << "its own end came first";
  EXPECT_EQ(ask(RotateApiKey{.id = made->id, .new_id = id("key"), .grace = hours(91 * 24)})
                .error()
                .reason,
            "grace_invalid");
  ASSERT_TRUE(ask(RevokeApiKey{made->id}));
  EXPECT_EQ(ask(RotateApiKey{.id = made->id, .new_id = id("key")}).error().reason,
            "api_key_closed");
}

TEST_F(ClientsTest, limits_are_of_a_key_or_of_all_keys_of_a_client) {
  const TypeId client = create_client();
  const ApiKeyText key = create_key(client);
  const auto caller = [&] { return *authenticate("Bearer " + print_api_key(key)); };
  EXPECT_FALSE(caller().limit);
  EXPECT_EQ(caller().limited_as, key.id);
  ASSERT_TRUE(ask(SetLimit{client, api::RateLimit{100, 200}}));
  EXPECT_EQ(caller().limit, (api::RateLimit{100, 200}));
  EXPECT_EQ(caller().limited_as, client);
  ASSERT_TRUE(ask(SetLimit{key.id, api::RateLimit{}}));
  EXPECT_TRUE(caller().limit->unlimited());
  EXPECT_EQ(caller().limited_as, key.id);
  ASSERT_TRUE(ask(SetLimit{key.id, std::nullopt}));
  EXPECT_EQ(caller().limited_as, client);
  EXPECT_EQ(ask(SetLimit{client, api::RateLimit{1, 0}}).error().reason, "limit_invalid");
  EXPECT_EQ(ask(SetLimit{client, api::RateLimit{2'000'000, 1}}).error().reason, "limit_invalid");
  EXPECT_EQ(ask(SetLimit{id("cli"), std::nullopt}).error().reason, "client_not_found");
  EXPECT_EQ(ask(SetLimit{id("key"), std::nullopt}).error().reason, "api_key_not_found");
}

TEST_F(ClientsTest, the_last_use_of_a_key_is_known) {
  const ApiKeyText key = create_key(create_client());
  EXPECT_TRUE(table_.catch_up(journal_, kSystem));
  EXPECT_FALSE(table_.last_used(key.id));
  host_.advance(hours(1));
  EXPECT_EQ(refusal(key), "");
  EXPECT_EQ(table_.last_used(key.id), host_.clock().now());
  ApiKeyText wrong = key;
  wrong.secret[0] ^= std::byte{1};
  const Timestamp used = host_.clock().now();
  host_.advance(hours(1));
  EXPECT_EQ(refusal(wrong), "api_key_unknown");
  EXPECT_EQ(table_.last_used(key.id), used);
}

TEST(ApiKeyTest, reads_back_what_it_prints_and_nothing_else) {
  SeededEntropy entropy(1);
  const ApiKeyText key = make_api_key(KeyMode::Test, TypeId("key", {1, 2, 3}), entropy);
  const std::string text = print_api_key(key);
  EXPECT_TRUE(text.starts_with("remit_test_"));
  const auto read = parse_api_key(text);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->id, key.id);
  EXPECT_EQ(read->secret, key.secret);
  EXPECT_EQ(read->mode, KeyMode::Test);
  EXPECT_FALSE(parse_api_key(text + "A"));
  EXPECT_FALSE(parse_api_key(text.substr(0, text.size() - 1)));
  EXPECT_FALSE(parse_api_key("remit_prod_" + text.substr(11)));
  EXPECT_FALSE(parse_api_key(""));
  std::string upper = text;
  upper[15] = 'Z';
  EXPECT_FALSE(parse_api_key(upper));
}

}  // namespace
}  // namespace remit::clients
