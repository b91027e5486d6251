#pragma once

#include "kit/base/time.h"
#include "kit/journal/journal.h"
#include "pay/api/caller.h"
#include "pay/clients/client.h"

#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <unordered_map>
#include <vector>

namespace remit::clients {

/// Keys that a table holds at most, revoked ones included; and clients.
inline constexpr std::size_t kApiKeysMax = 100'000;

/// The API keys of all clients in memory, so that a request is authenticated without asking the engine. It follows the
/// system partition's journal: call `catch_up` at start, and whenever that partition has become longer (`on_durable`).
/// Thread safe.
class KeyTable final : public api::Authenticator {
 public:
  /// The clock must outlive the table.
  explicit KeyTable(Clock& clock, std::size_t keys_max = kApiKeysMax)
      : clock_(clock), keys_max_(keys_max) {}

  /// Reads what the partition has gained since the last call. Reads the journal, so not from its callback. Fails with what
  /// the journal says, or LimitExceeded `api_keys_too_many`: later keys do not work, all else was read.
  Result<void> catch_up(journal::Journal& journal, journal::PartitionId partition);

  /// From `Authorization: Bearer remit_live_...` (RFC 6750 section 2.1). Always Unauthenticated with one message; the reason
  /// is `api_key_missing`, `api_key_malformed` or `api_key_unknown`, which a revoked or expired key is too: whoever found one
  /// learns nothing of it. `client_suspended` is for those alone who hold a good key.
  Result<api::Caller> authenticate(const net::HttpRequest& request) const override;

  /// Those that it has read of, oldest first: for operators.
  std::vector<Client> clients() const;
  /// All keys of a client, revoked and expired ones included, oldest first.
  std::vector<ApiKey> keys_of(const ClientId& client) const;
  std::optional<ApiKey> find(const TypeId& key) const;
  /// When it last opened anything, by this process; nullopt when not since its start.
  std::optional<Timestamp> last_used(const TypeId& key) const;

 private:
  struct Entry {
    ApiKey key;
    mutable std::atomic<Timestamp::rep> last_used = 0;
  };
  Result<void> apply(const journal::Event& event);
  Result<void> apply_to_client(const journal::Event& event);
  /// Nullptr when it found no room. Needs the lock.
  ApiKey* find_key(const TypeId& id);

  Clock& clock_;
  const std::size_t keys_max_;
  std::mutex reading_;  ///< Held by the one that catches up.
  journal::Position read_;
  mutable std::shared_mutex mutex_;
  std::unordered_map<TypeId, Entry> keys_;
  std::map<ClientId, Client> clients_;
  std::size_t without_room_ = 0;  ///< Keys beyond `keys_max_`, which open nothing.
};

}  // namespace remit::clients
