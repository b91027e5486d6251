#pragma once

#include "kit/base/codec/keyring.h"
#include "kit/base/random.h"
#include "kit/base/time.h"
#include "kit/sqlite/copy.h"
#include "kit/sqlite/database.h"

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace remit::keys {

/// Data keys of very many owners, such as the people who pay: rows of one SQLite file, each wrapped (AES-256-GCM) by the newest
/// key of the owner's parent, which another keyring has. So the file alone opens nothing, a new master key leaves it as it
/// is, and with its parent's keys an owner's are gone as well. Owners with another prefix are the other keyring's.
///
/// Owners are made ahead of time, up to kAheadMax of a parent with one sync, and wait in memory; those that nobody had when
/// the process ended are keys of nothing. An erasure overwrites the rows (PRAGMA secure_delete) and empties the log, and is
/// done when it is on the disk; the blocks of the log may stay on the device until they are written over, wrapped.
class NestedKeyring final : public codec::Keyring {
 public:
  struct Options {
    std::string path;              ///< Of the file; its directory must exist.
    std::string prefix;            ///< Of the owners that it has.
    sqlite::Disk* disk = nullptr;  ///< Null: the machine's own.
  };
  static constexpr std::size_t kAheadMax = 256;
  /// Versions of one owner: the journal needs each for ever.
  static constexpr std::size_t kKeysMax = 500;

  /// `parents`, `clock` and `entropy` must outlive it. Fails as sqlite::Database does, and with Unsupported
  /// `keyring_too_new` on a file of a later program.
  static Result<std::unique_ptr<NestedKeyring>> open(const Options& options,
                                                     codec::Keyring& parents, Clock& clock,
                                                     Entropy& entropy);
  ~NestedKeyring() override;

  /// Corrupt `key_unreadable` when the row is damaged or was wrapped by another key than its parent's.
  Result<codec::Key> find(const TypeId& owner, std::uint32_t version) override;
  /// As find where the owner was never made: NotFound `key_missing`.
  Result<codec::Key> ensure(const TypeId& owner) override;
  Result<codec::Key> rotate(const TypeId& owner) override;
  Result<TypeId> make(std::string_view prefix, const TypeId& parent) override;
  Result<void> erase(const TypeId& owner) override;

  /// Whether owners can be made: where `make` failed in passing last it is tried again here. For a readiness probe, so that who
  /// is sent no requests while it fails gets well all the same.
  Result<void> check();

  /// The file as it is at one moment, in the new file `to`, while others use the keyring. As sqlite::copy_database.
  static Result<void> copy(const std::string& from, const std::string& to,
                           const sqlite::CopyWatcher& watch);

 private:
  struct Row;
  /// Owners that wait to be given out, and how many are made next.
  struct Ahead {
    std::vector<TypeId> owners;
    std::size_t next_batch = 16;
  };
  static constexpr std::size_t kUnwrappedMax = 4096;

  NestedKeyring(const Options& options, codec::Keyring& parents, Clock& clock, Entropy& entropy);
  bool is_ours(const TypeId& owner) const { return owner.prefix() == options_.prefix; }
  Result<void> open_file();
  template <class T>
  Result<T> settled(Result<T> result);
  Result<std::optional<Row>> load(const TypeId& owner, std::optional<std::uint32_t> version);
  Result<codec::Key> unwrap(const TypeId& owner, const Row& row);
  Result<codec::Key> add_key(const TypeId& owner, const TypeId& parent, std::uint32_t version);
  Result<codec::Key> add_version(const TypeId& owner, const Row& newest);
  Result<void> fill(const TypeId& parent, Ahead& ahead);
  Result<void> make_ahead(const TypeId& parent, Ahead& ahead);
  Result<void> overwrite(const TypeId& owner);
  void remember(const codec::Key& key);

  const Options options_;
  codec::Keyring& parents_;
  Clock& clock_;
  Entropy& entropy_;
  SeededRandom random_;  ///< For ids, which are no secrets.
  std::mutex mutex_;     ///< Over everything below.
  std::optional<sqlite::Database>
      database_;  ///< Nothing after a disk error, until it is opened again.
  std::map<TypeId, Ahead> ahead_;
  std::optional<TypeId> refused_;                     ///< Of whose owners none could be made.
  std::unordered_map<TypeId, codec::Key> unwrapped_;  ///< The newest keys of owners lately used.
};

}  // namespace remit::keys
