#include "pay/clients/client.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace remit::clients {
namespace {

constexpr Timestamp kNever{};

Result<Client> find_client(engine::View& view, const TypeId& id, std::string_view field) {
  const Client* client = id.prefix() == Client::kPrefix ? view.find<Client>(id) : nullptr;
  if (client != nullptr) return *client;
  return fail(ErrorCode::NotFound, "client_not_found",
              fmt::format("No client {} exists; check the id.", id.to_string()),
              std::string(field));
}

Result<void> check(engine::View& view, const CreateApiKey& command) {
  if (command.id.prefix() != ApiKey::kPrefix || view.find<ApiKey>(command.id) != nullptr) {
    return fail(ErrorCode::Conflict, "api_key_id_reused",
                "The key's id is taken or not one of a key; make a new key.", "id");
  }
  const std::set<api::Scope> distinct(command.scopes.begin(), command.scopes.end());
  if (distinct.empty() || distinct.size() != command.scopes.size()) {
    return fail(ErrorCode::InvalidArgument, "scopes_invalid",
                "Give the key at least one scope, and each once.", "scopes");
  }
  if (command.expires_at != kNever && command.expires_at <= view.now()) {
    return fail(ErrorCode::InvalidArgument, "expiry_in_the_past",
                "expires_at must lie in the future; leave it out for never.", "expires_at");
  }
  return {};
}

}  // namespace

void evolve(engine::Changes& changes, const ClientCreated& event, const engine::EventContext& at) {
  changes.change<Client>(at.stream) = {at.stream, event.name, ClientStatus::Active, at.time};
}

void evolve(engine::Changes& changes, const ClientStatusChanged& event,
            const engine::EventContext& at) {
  changes.change<Client>(at.stream).status = event.status;
}

void evolve(engine::Changes& changes, const ApiKeyCreated& event, const engine::EventContext& at) {
  changes.change<ApiKey>(at.stream) = {
      .id = at.stream,
      .client = event.client,
      .mode = event.mode,
      .secret_hash = event.secret_hash,
      .scopes = event.scopes,
      .created_at = at.time,
      .expires_at = event.expires_at,
  };
}

void evolve(engine::Changes& changes, const ApiKeyRevoked&, const engine::EventContext& at) {
  changes.change<ApiKey>(at.stream).revoked = true;
}

Result<Client> decide(engine::View& view, const CreateClient& command) {
  if (command.id.prefix() != Client::kPrefix) {
    return fail(ErrorCode::InvalidArgument, "client_id_invalid",
                "A client id is a TypeID with the prefix cli.", "id");
  }
  if (command.name.empty() || command.name.size() > kNameBytesMax) {
    return fail(ErrorCode::InvalidArgument, "name_invalid",
                fmt::format("Give the client a name of 1 to {} bytes.", kNameBytesMax), "name");
  }
  if (const Client* client = view.find<Client>(command.id)) {
    if (client->name == command.name) return *client;
    return fail(ErrorCode::Conflict, "client_id_reused",
                fmt::format("{} is already another client; use a new id.", command.id.to_string()),
                "id");
  }
  view.emit(command.id, ClientCreated{command.name});
  return view.get<Client>(command.id);
}

Result<Client> decide(engine::View& view, const SetClientStatus& command) {
  const Client client = TRY(find_client(view, command.id, "id"));
  if (client.status == command.status) return client;
  view.emit(command.id, ClientStatusChanged{command.status});
  return view.get<Client>(command.id);
}

Result<ApiKey> decide(engine::View& view, const CreateApiKey& command) {
  const Client client = TRY(find_client(view, command.client, "client"));
  if (auto checked = check(view, command); !checked) return std::unexpected(checked.error());
  view.emit(command.id, ApiKeyCreated{client.id, command.mode, command.secret_hash, command.scopes,
                                      command.expires_at});
  return view.get<ApiKey>(command.id);
}

Result<ApiKey> decide(engine::View& view, const RevokeApiKey& command) {
  const ApiKey* key =
      command.id.prefix() == ApiKey::kPrefix ? view.find<ApiKey>(command.id) : nullptr;
  if (key == nullptr) {
    return fail(ErrorCode::NotFound, "api_key_not_found",
                fmt::format("No API key {} exists; check the id.", command.id.to_string()), "id");
  }
  if (key->revoked) return *key;
  view.emit(command.id, ApiKeyRevoked{});
  return view.get<ApiKey>(command.id);
}

void register_kinds(engine::Registry& registry) {
  registry.entity<Client>();
  registry.entity<ApiKey>();
  registry.event<ClientCreated>();
  registry.event<ClientStatusChanged>();
  registry.event<ApiKeyCreated>();
  registry.event<ApiKeyRevoked>();
  registry.command<CreateClient>();
  registry.command<SetClientStatus>();
  registry.command<CreateApiKey>();
  registry.command<RevokeApiKey>();
}

}  // namespace remit::clients
