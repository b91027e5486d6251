#pragma once

#include "kit/base/codec/values.h"
#include "kit/engine/command.h"
#include "kit/engine/registry.h"
#include "pay/api/caller.h"
#include "pay/clients/api_key.h"

#include <boost/describe.hpp>

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
};
BOOST_DESCRIBE_STRUCT(Client, (), (id, name, status, created_at))

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
};
BOOST_DESCRIBE_STRUCT(ApiKey, (),
                      (id, client, mode, secret_hash, scopes, created_at, expires_at, revoked))

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

void evolve(engine::Changes& changes, const ClientCreated& event, const engine::EventContext& at);
void evolve(engine::Changes& changes, const ClientStatusChanged& event,
            const engine::EventContext& at);
void evolve(engine::Changes& changes, const ApiKeyCreated& event, const engine::EventContext& at);
void evolve(engine::Changes& changes, const ApiKeyRevoked& event, const engine::EventContext& at);

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

Result<Client> decide(engine::View& view, const CreateClient& command);
Result<Client> decide(engine::View& view, const SetClientStatus& command);
Result<ApiKey> decide(engine::View& view, const CreateApiKey& command);
Result<ApiKey> decide(engine::View& view, const RevokeApiKey& command);

void register_kinds(engine::Registry& registry);

}  // namespace remit::clients
