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
    keys_[event.stream] = {.id = event.stream,
                           .client = made.client,
                           .mode = made.mode,
                           .secret_hash = made.secret_hash,
                           .scopes = std::move(made.scopes),
                           .created_at = event.time,
                           .expires_at = made.expires_at};
  } else if (event.type == ApiKeyRevoked::kType.name) {
    const std::unique_lock lock(mutex_);
    if (const auto key = keys_.find(event.stream); key != keys_.end()) key->second.revoked = true;
  } else if (event.type == ClientCreated::kType.name) {
    auto made = TRY(codec::decode<ClientCreated>(event.payload));
    const std::unique_lock lock(mutex_);
    clients_[event.stream] = {
        .id = event.stream, .name = std::move(made.name), .created_at = event.time};
  } else if (event.type == ClientStatusChanged::kType.name) {
    const auto changed = TRY(codec::decode<ClientStatusChanged>(event.payload));
    const std::unique_lock lock(mutex_);
    clients_[event.stream].status = changed.status;
  }
  return {};
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
  // The secret comes first: nobody without it learns whether a key exists, or what became of it.
  if (found == keys_.end() || found->second.mode != text->mode ||
      !equal_in_constant_time(view_of(found->second.secret_hash), view_of(hash))) {
    return refuse("api_key_unknown");
  }
  const ApiKey& key = found->second;
  if (key.revoked) return refuse("api_key_revoked");
  if (key.expires_at != Timestamp() && key.expires_at <= clock_.now()) {
    return refuse("api_key_expired");
  }
  const auto client = clients_.find(key.client);
  if (client != clients_.end() && client->second.status == ClientStatus::Suspended) {
    return refuse("client_suspended");
  }
  return api::Caller{key.client, key.id, key.scopes};
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
  for (const auto& [id, key] : keys_) {
    if (key.client == client) found.push_back(key);
  }
  std::ranges::sort(found, {}, &ApiKey::created_at);
  return found;
}

}  // namespace remit::clients
