#pragma once

#include "kit/base/codec/values.h"
#include "kit/engine/command.h"
#include "kit/engine/registry.h"
#include "pay/api/caller.h"
#include "pay/clients/api_key.h"

#include <boost/describe.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Clients and their API keys: what no client owns, so it lives in the system partition.
namespace remit::clients {

inline constexpr std::size_t kNameBytesMax = 128;

/// Values are stored: do not change or reuse them.
enum class ClientStatus : std::uint8_t {
  Active = 1,
  Suspended = 2,  ///< None of its keys opens anything.
};
BOOST_DESCRIBE_ENUM(ClientStatus, Active, Suspended)

struct Client {
  static constexpr std::string_view kPrefix = "cli";
  static constexpr engine::LoadPolicy kLoadPolicy = engine::LoadPolicy::Fold;
  TypeId id;
  std::string name;
  ClientStatus status = ClientStatus::Active;
  Timestamp created_at;
  std::optional<api::RateLimit> limit;  ///< Shared by all its keys that have none of their own.
};
BOOST_DESCRIBE_STRUCT(Client, (), (id, name, status, created_at, limit))

struct ApiKey {
  static constexpr std::string_view kPrefix = "key";
  static constexpr engine::LoadPolicy kLoadPolicy = engine::LoadPolicy::Fold;
  TypeId id;
  ClientId client;
  KeyMode mode = KeyMode::Test;
  Hash256 secret_hash{};
  std::vector<api::Scope> scopes;
  Timestamp created_at;
  Timestamp expires_at;  ///< Zero: never.
  bool revoked = false;
  TypeId replaced_by;  ///< The key that it was rotated to; empty: none.
  std::optional<api::RateLimit> limit;
};
BOOST_DESCRIBE_STRUCT(ApiKey, (),
                      (id, client, mode, secret_hash, scopes, created_at, expires_at, revoked,
                       replaced_by, limit))

bool has_expired(const ApiKey& key, Timestamp now);
/// NotFound `api_key_not_found`.
Error api_key_not_found(const TypeId& id);

struct ClientCreated {
  static constexpr engine::EventType kType{"client.created", 1};
  std::string name;
};
BOOST_DESCRIBE_STRUCT(ClientCreated, (), (name))

struct ClientStatusChanged {
  static constexpr engine::EventType kType{"client.status_changed", 1};
  ClientStatus status = ClientStatus::Active;
};
BOOST_DESCRIBE_STRUCT(ClientStatusChanged, (), (status))

struct ApiKeyCreated {
  static constexpr engine::EventType kType{"api_key.created", 1};
  ClientId client;
  KeyMode mode = KeyMode::Test;
  Hash256 secret_hash{};
  std::vector<api::Scope> scopes;
  Timestamp expires_at;
};
BOOST_DESCRIBE_STRUCT(ApiKeyCreated, (), (client, mode, secret_hash, scopes, expires_at))

struct ApiKeyRevoked {
  static constexpr engine::EventType kType{"api_key.revoked", 1};
};
BOOST_DESCRIBE_STRUCT(ApiKeyRevoked, (), ())

/// Another key took its place; it opens what it opened until then.
struct ApiKeyRotated {
  static constexpr engine::EventType kType{"api_key.rotated", 1};
  TypeId replaced_by;
  Timestamp expires_at;
};
BOOST_DESCRIBE_STRUCT(ApiKeyRotated, (), (replaced_by, expires_at))

struct ClientLimitSet {
  static constexpr engine::EventType kType{"client.limit_set", 1};
  std::optional<api::RateLimit> limit;  ///< Without one: the default again.
};
BOOST_DESCRIBE_STRUCT(ClientLimitSet, (), (limit))

struct ApiKeyLimitSet {
  static constexpr engine::EventType kType{"api_key.limit_set", 1};
  std::optional<api::RateLimit> limit;  ///< Without one: the client's again, or the default.
};
BOOST_DESCRIBE_STRUCT(ApiKeyLimitSet, (), (limit))

void evolve(engine::Changes& changes, const ClientCreated& event, const engine::EventContext& at);
void evolve(engine::Changes& changes, const ClientStatusChanged& event,
            const engine::EventContext& at);
void evolve(engine::Changes& changes, const ApiKeyCreated& event, const engine::EventContext& at);
void evolve(engine::Changes& changes, const ApiKeyRevoked& event, const engine::EventContext& at);
void evolve(engine::Changes& changes, const ApiKeyRotated& event, const engine::EventContext& at);
void evolve(engine::Changes& changes, const ClientLimitSet& event, const engine::EventContext& at);
void evolve(engine::Changes& changes, const ApiKeyLimitSet& event, const engine::EventContext& at);

/// The same id with the same name is the same client.
struct CreateClient {
  static constexpr std::string_view kName = "clients.create_client";
  using Answer = Client;
  TypeId id;
  std::string name;  ///< 1 to 128 bytes.
};
BOOST_DESCRIBE_STRUCT(CreateClient, (), (id, name))

struct SetClientStatus {
  static constexpr std::string_view kName = "clients.set_client_status";
  using Answer = Client;
  TypeId id;
  ClientStatus status = ClientStatus::Active;
};
BOOST_DESCRIBE_STRUCT(SetClientStatus, (), (id, status))

/// The caller makes the secret (`make_api_key`) and keeps its text; the journal hears only of its hash.
struct CreateApiKey {
  static constexpr std::string_view kName = "clients.create_api_key";
  using Answer = ApiKey;
  TypeId id;
  ClientId client;
  KeyMode mode = KeyMode::Test;
  Hash256 secret_hash{};
  std::vector<api::Scope> scopes;  ///< At least one.
  Timestamp expires_at;            ///< Zero: never.
};
BOOST_DESCRIBE_STRUCT(CreateApiKey, (), (id, client, mode, secret_hash, scopes, expires_at))

/// For good. Revoking again changes nothing.
struct RevokeApiKey {
  static constexpr std::string_view kName = "clients.revoke_api_key";
  using Answer = ApiKey;
  TypeId id;
};
BOOST_DESCRIBE_STRUCT(RevokeApiKey, (), (id))

/// Longest time for which a rotated key goes on.
inline constexpr Duration kRotationGraceMax = std::chrono::hours(24 * 90);

/// A new key with the scopes, the mode and the limit of the old one, which goes on for `grace`. The new one lives as long as
/// the old one was to live, unless `expires_at` says otherwise. The same again changes nothing.
struct RotateApiKey {
  static constexpr std::string_view kName = "clients.rotate_api_key";
  using Answer = ApiKey;  ///< The new one.
  TypeId id;              ///< Of the old one.
  TypeId new_id;
  Hash256 secret_hash{};
  Duration grace{};      ///< 0 to 90 days.
  Timestamp expires_at;  ///< Of the new one; zero: see above.
};
BOOST_DESCRIBE_STRUCT(RotateApiKey, (), (id, new_id, secret_hash, grace, expires_at))

/// What was set.
struct LimitAnswer {
  TypeId of;
  std::optional<api::RateLimit> limit;
};
BOOST_DESCRIBE_STRUCT(LimitAnswer, (), (of, limit))

/// How many requests a client (all of its keys together) or one key may make; without a limit the default holds again.
struct SetLimit {
  static constexpr std::string_view kName = "clients.set_limit";
  using Answer = LimitAnswer;
  TypeId of;  ///< cli_... or key_...
  std::optional<api::RateLimit> limit;
};
BOOST_DESCRIBE_STRUCT(SetLimit, (), (of, limit))

Result<Client> decide(engine::View& view, const CreateClient& command);
Result<Client> decide(engine::View& view, const SetClientStatus& command);
Result<ApiKey> decide(engine::View& view, const CreateApiKey& command);
Result<ApiKey> decide(engine::View& view, const RevokeApiKey& command);
Result<ApiKey> decide(engine::View& view, const RotateApiKey& command);
Result<LimitAnswer> decide(engine::View& view, const SetLimit& command);

void register_kinds(engine::Registry& registry);

}  // namespace remit::clients
