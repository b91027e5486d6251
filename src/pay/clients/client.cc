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

Result<ApiKey> find_key(engine::View& view, const TypeId& id) {
  const ApiKey* key = id.prefix() == ApiKey::kPrefix ? view.find<ApiKey>(id) : nullptr;
  if (key != nullptr) return *key;
  return std::unexpected(api_key_not_found(id));
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

Error api_key_not_found(const TypeId& id) {
  return {ErrorCode::NotFound, "api_key_not_found",
          fmt::format("No API key {} exists; check the id.", id.to_string()), "id", nullptr};
}

bool has_expired(const ApiKey& key, Timestamp now) {
  return key.expires_at != kNever && key.expires_at <= now;
}

void evolve(engine::Changes& changes, const ClientCreated& event, const engine::EventContext& at) {
  changes.change<Client>(at.stream) = {.id = at.stream, .name = event.name, .created_at = at.time};
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

void evolve(engine::Changes& changes, const ApiKeyRotated& event, const engine::EventContext& at) {
  ApiKey& key = changes.change<ApiKey>(at.stream);
  key.replaced_by = event.replaced_by;
  key.expires_at = event.expires_at;
}

void evolve(engine::Changes& changes, const ClientLimitSet& event, const engine::EventContext& at) {
  changes.change<Client>(at.stream).limit = event.limit;
}

void evolve(engine::Changes& changes, const ApiKeyLimitSet& event, const engine::EventContext& at) {
  changes.change<ApiKey>(at.stream).limit = event.limit;
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
  const ApiKey key = TRY(find_key(view, command.id));
  if (key.revoked) return key;
  view.emit(command.id, ApiKeyRevoked{});
  return view.get<ApiKey>(command.id);
}

Result<ApiKey> decide(engine::View& view, const RotateApiKey& command) {
  const ApiKey old = TRY(find_key(view, command.id));
  if (!old.replaced_by.empty()) {
    if (old.replaced_by == command.new_id) return view.get<ApiKey>(command.new_id);
    return fail(ErrorCode::Conflict, "api_key_rotated_already",
                fmt::format("{} was rotated to {}; rotate that one.", old.id.to_string(),
                            old.replaced_by.to_string()),
                "id");
  }
  if (old.revoked || has_expired(old, view.now())) {
    return fail(ErrorCode::FailedPrecondition, "api_key_closed",
                "The key is revoked or has expired; make a new one.", "id");
  }
  if (command.grace < Duration(0) || command.grace > kRotationGraceMax) {
    return fail(ErrorCode::InvalidArgument, "grace_invalid",
                "The old key may go on for 0 to 90 days.", "grace");
  }
  CreateApiKey create{.id = command.new_id,
                      .client = old.client,
                      .mode = old.mode,
                      .secret_hash = command.secret_hash,
                      .scopes = old.scopes,
                      .expires_at = command.expires_at};
  if (create.expires_at == kNever && old.expires_at != kNever) {
    create.expires_at = view.now() + (old.expires_at - old.created_at);
  }
  TRY(decide(view, create));
  if (old.limit) view.emit(create.id, ApiKeyLimitSet{old.limit});
  const Timestamp end = view.now() + command.grace;
  view.emit(old.id, ApiKeyRotated{create.id,
                                  old.expires_at == kNever ? end : std::min(old.expires_at, end)});
  return view.get<ApiKey>(create.id);
}

Result<LimitAnswer> decide(engine::View& view, const SetLimit& command) {
  if (command.limit && !command.limit->unlimited() &&
      (command.limit->burst_max == 0 || command.limit->burst_max > api::kRateLimitMax ||
       command.limit->per_second_max > api::kRateLimitMax)) {
    return fail(
        ErrorCode::InvalidArgument, "limit_invalid",
        fmt::format("Rate and burst are 1 to {}; a rate of 0 lifts the limit.", api::kRateLimitMax),
        "limit");
  }
  if (command.of.prefix() == ApiKey::kPrefix) {
    if (TRY(find_key(view, command.of)).limit != command.limit) {
      view.emit(command.of, ApiKeyLimitSet{command.limit});
    }
  } else if (TRY(find_client(view, command.of, "of")).limit != command.limit) {
    view.emit(command.of, ClientLimitSet{command.limit});
  }
  return LimitAnswer{command.of, command.limit};
}

void register_kinds(engine::Registry& registry) {
  registry.entity<Client>();
  registry.entity<ApiKey>();
  registry.event<ClientCreated>();
  registry.event<ClientStatusChanged>();
  registry.event<ApiKeyCreated>();
  registry.event<ApiKeyRevoked>();
  registry.event<ApiKeyRotated>();
  registry.event<ClientLimitSet>();
  registry.event<ApiKeyLimitSet>();
  registry.command<CreateClient>();
  registry.command<SetClientStatus>();
  registry.command<CreateApiKey>();
  registry.command<RevokeApiKey>();
  registry.command<RotateApiKey>();
  registry.command<SetLimit>();
}

}  // namespace remit::clients
