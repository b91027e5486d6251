#include "pay/clients/authenticate.h"

#include "kit/base/codec/codec.h"

#include <fmt/format.h>

#include <algorithm>

namespace remit::clients {
namespace {

constexpr std::string_view kScheme = "bearer ";

Result<api::Caller> refuse(std::string reason) {
  return fail(ErrorCode::Unauthenticated, std::move(reason),
              "Send a valid API key as Authorization: Bearer remit_live_... or remit_test_...");
}

/// The scheme's name has no case (RFC 9110 section 11.1).
bool is_bearer(std::string_view header) {
  return header.size() > kScheme.size() &&
         std::ranges::equal(header.substr(0, kScheme.size()), kScheme, {}, [](char c) {
           return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
         });
}

}  // namespace

Result<void> KeyTable::catch_up(journal::Journal& journal, journal::PartitionId partition) {
  const std::lock_guard reading(reading_);
  while (true) {
    const auto events = TRY(journal.read(partition, read_.next(), {}));
    if (events.empty()) break;
    for (const journal::Event& event : events) {
      if (auto applied = apply(event); !applied) return applied;
      read_ = event.position;
    }
  }
  const std::shared_lock lock(mutex_);
  if (without_room_ == 0) return {};
  return fail(
      ErrorCode::LimitExceeded, "api_keys_too_many",
      fmt::format("{} API keys do not work: the table holds {}.", without_room_, keys_max_));
}

Result<void> KeyTable::apply(const journal::Event& event) {
  if (event.type == ApiKeyCreated::kType.name) {
    auto made = TRY(codec::decode<ApiKeyCreated>(event.payload));
    const std::unique_lock lock(mutex_);
    if (keys_.size() >= keys_max_) {
      // Reading goes on, or a revocation behind this key would be missed.
      ++without_room_;
      return {};
    }
    keys_[event.stream].key = {.id = event.stream,
                               .client = made.client,
                               .mode = made.mode,
                               .secret_hash = made.secret_hash,
                               .scopes = std::move(made.scopes),
                               .created_at = event.time,
                               .expires_at = made.expires_at};
  } else if (event.type == ApiKeyRevoked::kType.name) {
    const std::unique_lock lock(mutex_);
    if (ApiKey* key = find_key(event.stream)) key->revoked = true;
  } else if (event.type == ApiKeyRotated::kType.name) {
    const auto rotated = TRY(codec::decode<ApiKeyRotated>(event.payload));
    const std::unique_lock lock(mutex_);
    if (ApiKey* key = find_key(event.stream)) {
      key->replaced_by = rotated.replaced_by;
      key->expires_at = rotated.expires_at;
    }
  } else if (event.type == ApiKeyLimitSet::kType.name) {
    const auto set = TRY(codec::decode<ApiKeyLimitSet>(event.payload));
    const std::unique_lock lock(mutex_);
    if (ApiKey* key = find_key(event.stream)) key->limit = set.limit;
  }
  return apply_to_client(event);
}

Result<void> KeyTable::apply_to_client(const journal::Event& event) {
  if (event.type == ClientCreated::kType.name) {
    auto made = TRY(codec::decode<ClientCreated>(event.payload));
    const std::unique_lock lock(mutex_);
    clients_[event.stream] = {
        .id = event.stream, .name = std::move(made.name), .created_at = event.time};
  } else if (event.type == ClientStatusChanged::kType.name) {
    const auto changed = TRY(codec::decode<ClientStatusChanged>(event.payload));
    const std::unique_lock lock(mutex_);
    clients_[event.stream].status = changed.status;
  } else if (event.type == ClientLimitSet::kType.name) {
    const auto set = TRY(codec::decode<ClientLimitSet>(event.payload));
    const std::unique_lock lock(mutex_);
    clients_[event.stream].limit = set.limit;
  }
  return {};
}

ApiKey* KeyTable::find_key(const TypeId& id) {
  const auto found = keys_.find(id);
  return found == keys_.end() ? nullptr : &found->second.key;
}

Result<api::Caller> KeyTable::authenticate(const net::HttpRequest& request) const {
  const auto header = request.headers.find("Authorization");
  if (!header) return refuse("api_key_missing");
  if (request.headers.count("Authorization") > 1 || !is_bearer(*header)) {
    return refuse("api_key_malformed");
  }
  const auto text = parse_api_key(header->substr(kScheme.size()));
  if (!text) return refuse("api_key_malformed");
  const Hash256 hash = hash_api_key(*text);

  const std::shared_lock lock(mutex_);
  const auto found = keys_.find(text->id);
  if (found == keys_.end()) return refuse("api_key_unknown");
  const ApiKey& key = found->second.key;
  const Timestamp now = clock_.now();
  if (key.mode != text->mode || !equal_in_constant_time(view_of(key.secret_hash), view_of(hash)) ||
      key.revoked || has_expired(key, now)) {
    return refuse("api_key_unknown");
  }
  const auto client = clients_.find(key.client);
  if (client != clients_.end() && client->second.status == ClientStatus::Suspended) {
    return refuse("client_suspended");
  }
  found->second.last_used.store(now.time_since_epoch().count(), std::memory_order_relaxed);
  api::Caller caller{.client = key.client,
                     .key = key.id,
                     .scopes = key.scopes,
                     .limit = key.limit,
                     .limited_as = key.id};
  if (!caller.limit && client != clients_.end() && client->second.limit) {
    caller.limit = client->second.limit;
    caller.limited_as = key.client;
  }
  return caller;
}

std::optional<ApiKey> KeyTable::find(const TypeId& key) const {
  const std::shared_lock lock(mutex_);
  const auto found = keys_.find(key);
  return found == keys_.end() ? std::nullopt : std::optional(found->second.key);
}

std::optional<Timestamp> KeyTable::last_used(const TypeId& key) const {
  const std::shared_lock lock(mutex_);
  const auto found = keys_.find(key);
  if (found == keys_.end()) return std::nullopt;
  const Timestamp::rep used = found->second.last_used.load(std::memory_order_relaxed);
  return used == 0 ? std::nullopt : std::optional(Timestamp(Duration(used)));
}

std::vector<Client> KeyTable::clients() const {
  std::vector<Client> found;
  const std::shared_lock lock(mutex_);
  found.reserve(clients_.size());
  for (const auto& [id, client] : clients_) found.push_back(client);
  std::ranges::sort(found, {}, &Client::created_at);
  return found;
}

std::vector<ApiKey> KeyTable::keys_of(const ClientId& client) const {
  std::vector<ApiKey> found;
  const std::shared_lock lock(mutex_);
  for (const auto& [id, entry] : keys_) {
    if (entry.key.client == client) found.push_back(entry.key);
  }
  std::ranges::sort(found, {}, &ApiKey::created_at);
  return found;
}

}  // namespace remit::clients
