#include "kit/keys/nested_keyring.h"

#include "kit/base/check.h"

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <cstring>

namespace remit::keys {

using codec::Key;
using codec::Nonce;

/// One key as it is stored; without `wrapped` once it was erased.
struct NestedKeyring::Row {
  TypeId parent;
  std::uint32_t version = 0;
  std::uint32_t parent_version = 0;
  Nonce nonce{};
  Bytes wrapped;
};

namespace {

constexpr int kLayout = 1;
constexpr std::uint32_t kApplicationId = 0x524D4B59;  // "RMKY"

constexpr const char* kSchema = R"sql(
CREATE TABLE keys (
  owner TEXT NOT NULL,
  version INTEGER NOT NULL,
  parent TEXT NOT NULL,
  parent_version INTEGER NOT NULL,
  nonce BLOB NOT NULL,
  wrapped BLOB NOT NULL,
  PRIMARY KEY (owner, version)
) STRICT, WITHOUT ROWID;
)sql";

Bytes wrapping_data(const TypeId& owner, std::uint32_t version) {
  return to_bytes(fmt::format("remit.nested_key.v1 {} {}", owner.to_string(), version));
}

std::uint64_t seed_from(Entropy& entropy) {
  std::uint64_t seed = 0;
  entropy.fill(std::as_writable_bytes(std::span(&seed, 1)));
  return seed;
}

std::unexpected<Error> fail_unreadable(const TypeId& owner, std::uint32_t version) {
  return fail(ErrorCode::Corrupt, "key_unreadable",
              fmt::format("Key {} of {} does not open; restore the file of keys, and the keys that "
                          "wrapped its.",
                          version, owner.to_string()));
}

/// What keyrings say of keys is for whoever asked; what files and databases say of themselves is for the log.
template <class T>
Result<T> told(Result<T> result) {
  if (result) return result;
  const std::string& reason = result.error().reason;
  if (reason == "erased" || reason.starts_with("key")) return result;
  const bool full = reason == "disk_full";
  return std::unexpected(std::move(result).error().wrap(
      ErrorCode::Unavailable, full ? "disk_full" : "keyring_failed",
      full ? "The disk that the keys are on is full; free some space."
           : "The keys that seal personal data cannot be used; check their disk and files."));
}

Result<void> prepare_file(sqlite::Database& database) {
  const int layout = TRY(database.layout());
  if (layout > kLayout) {
    return fail(ErrorCode::Unsupported, "keyring_too_new",
                "A later program wrote the file of keys; run that one.");
  }
  // What is overwritten or deleted is zeroed in the file.
  TRY(database.execute("PRAGMA secure_delete = ON"));
  // Others only read, which an erasure alone waits for: not for long, since everybody waits for it.
  TRY(database.execute("PRAGMA busy_timeout = 100"));
  if (layout == kLayout) return {};
  sqlite::Transaction transaction = TRY(sqlite::Transaction::begin(database));
  TRY(database.execute(kSchema));
  TRY(database.set_layout(kLayout));
  return transaction.commit();
}

}  // namespace

Result<std::unique_ptr<NestedKeyring>> NestedKeyring::open(const Options& options,
                                                           codec::Keyring& parents, Clock& clock,
                                                           Entropy& entropy) {
  std::unique_ptr<NestedKeyring> keyring(new NestedKeyring(options, parents, clock, entropy));
  TRY(keyring->open_file());
  return keyring;
}

NestedKeyring::NestedKeyring(const Options& options, codec::Keyring& parents, Clock& clock,
                             Entropy& entropy)
    : options_(options),
      parents_(parents),
      clock_(clock),
      entropy_(entropy),
      random_(seed_from(entropy)) {}

NestedKeyring::~NestedKeyring() = default;

Result<void> NestedKeyring::open_file() {
  if (database_) return {};
  auto database = TRY(sqlite::Database::open(
      options_.path, {.application_id = kApplicationId, .disk = options_.disk}));
  TRY(prepare_file(database));
  database_ = std::move(database);
  return {};
}

/// After an input or output error nobody knows what is on the disk. Whoever opens the file anew first makes durable what is
/// found in its log (sqlite::Database), so that nothing rests on a sync that failed. That opening may fail too, which says
/// nothing of who asked.
template <class T>
Result<T> NestedKeyring::settled(Result<T> result) {
  if (result) return result;
  if (result.error().code == ErrorCode::OutcomeUnknown ||
      result.error().reason == "database_not_accessible") {
    database_.reset();
  }
  return told(std::move(result));
}

Result<std::optional<NestedKeyring::Row>> NestedKeyring::load(
    const TypeId& owner, std::optional<std::uint32_t> version) {
  TRY(open_file());
  sqlite::Statement rows = TRY(database_->prepare(
      "SELECT version, parent, parent_version, nonce, wrapped FROM keys WHERE owner = ?1 AND (?2 "
      "IS NULL OR version = ?2) ORDER BY version DESC LIMIT 1"));
  rows.bind(owner.to_string(), version);
  if (!TRY(rows.step())) return std::nullopt;
  Row row{.version = static_cast<std::uint32_t>(rows.number(0)),
          .parent_version = static_cast<std::uint32_t>(rows.number(2)),
          .wrapped = Bytes(rows.blob(4).begin(), rows.blob(4).end())};
  const std::optional<TypeId> parent = TypeId::parse(rows.text(1));
  const ByteView nonce = rows.blob(3);
  const bool whole = row.wrapped.empty() || nonce.size() == row.nonce.size();
  if (!parent || !whole) return fail_unreadable(owner, row.version);
  row.parent = *parent;
  if (!row.wrapped.empty()) std::ranges::copy(nonce, row.nonce.begin());
  return row;
}

Result<Key> NestedKeyring::unwrap(const TypeId& owner, const Row& row) {
  if (row.wrapped.empty()) return fail_erased(owner);
  const Result<Key> parent = parents_.find(row.parent, row.parent_version);
  if (!parent && parent.error().reason == "erased") return fail_erased(owner);
  if (!parent) return std::unexpected(parent.error());
  Key key;
  auto secret =
      codec::open_aead(parent->secret, row.nonce, wrapping_data(owner, row.version), row.wrapped);
  if (!secret || secret->size() != key.secret.size()) return fail_unreadable(owner, row.version);
  key.owner = owner;
  key.version = row.version;
  std::memcpy(key.secret.data(), secret->data(), key.secret.size());
  OPENSSL_cleanse(secret->data(), secret->size());
  return key;
}

void NestedKeyring::remember(const Key& key) {
  if (unwrapped_.size() >= kUnwrappedMax) unwrapped_.clear();
  unwrapped_.insert_or_assign(key.owner, key);
}

Result<Key> NestedKeyring::find(const TypeId& owner, std::uint32_t version) {
  if (!is_ours(owner)) return told(parents_.find(owner, version));
  const std::lock_guard lock(mutex_);
  const auto known = unwrapped_.find(owner);
  if (known != unwrapped_.end() && known->second.version == version) return known->second;
  const std::optional<Row> row = TRY(settled(load(owner, version)));
  if (!row) return fail_missing(owner, version);
  return told(unwrap(owner, *row));
}

Result<Key> NestedKeyring::ensure(const TypeId& owner) {
  if (!is_ours(owner)) return told(parents_.ensure(owner));
  const std::lock_guard lock(mutex_);
  const auto known = unwrapped_.find(owner);
  if (known != unwrapped_.end()) return known->second;
  const std::optional<Row> row = TRY(settled(load(owner, std::nullopt)));
  if (!row) return fail_missing(owner, 1);
  Key key = TRY(told(unwrap(owner, *row)));
  remember(key);
  return key;
}

/// Within the caller's transaction.
Result<Key> NestedKeyring::add_key(const TypeId& owner, const TypeId& parent,
                                   std::uint32_t version) {
  const Key wrapping = TRY(parents_.ensure(parent));
  Key key;
  key.owner = owner;
  key.version = version;
  entropy_.fill(key.secret);
  Nonce nonce{};
  entropy_.fill(nonce);
  const Bytes wrapped =
      codec::seal_aead(wrapping.secret, nonce, wrapping_data(owner, version), key.secret);
  sqlite::Statement row =
      TRY(database_->prepare("INSERT INTO keys (owner, version, parent, parent_version, nonce, "
                             "wrapped) VALUES (?, ?, ?, ?, ?, ?)"));
  row.bind(owner.to_string(), version, parent.to_string(), wrapping.version, ByteView(nonce),
           wrapped);
  TRY(row.run());
  return key;
}

Result<Key> NestedKeyring::rotate(const TypeId& owner) {
  if (!is_ours(owner)) return told(parents_.rotate(owner));
  const std::lock_guard lock(mutex_);
  const std::optional<Row> newest = TRY(settled(load(owner, std::nullopt)));
  if (!newest) return fail_missing(owner, 1);
  if (newest->wrapped.empty()) return fail_erased(owner);
  if (newest->version >= kKeysMax) {
    return fail(ErrorCode::LimitExceeded, "keys_too_many",
                fmt::format("{} has {} keys, and no more are kept; rotate less often.",
                            owner.to_string(), newest->version));
  }
  Key key = TRY(settled(add_version(owner, *newest)));
  remember(key);
  return key;
}

Result<Key> NestedKeyring::add_version(const TypeId& owner, const Row& newest) {
  sqlite::Transaction transaction = TRY(sqlite::Transaction::begin(*database_));
  Key key = TRY(add_key(owner, newest.parent, newest.version + 1));
  TRY(transaction.commit());
  return key;
}

Result<TypeId> NestedKeyring::make(std::string_view prefix, const TypeId& parent) {
  CHECK(prefix == options_.prefix, "this keyring has owners of {}, not of {}", options_.prefix,
        prefix);
  const std::lock_guard lock(mutex_);
  Ahead& ahead = ahead_[parent];
  if (ahead.owners.empty()) TRY(fill(parent, ahead));
  const TypeId owner = ahead.owners.back();
  ahead.owners.pop_back();
  return owner;
}

Result<void> NestedKeyring::check() {
  const std::lock_guard lock(mutex_);
  if (!refused_) return {};
  const TypeId parent = *refused_;
  return fill(parent, ahead_[parent]);
}

/// What will not pass by itself is this parent's trouble, and no reason to take everybody's requests away.
Result<void> NestedKeyring::fill(const TypeId& parent, Ahead& ahead) {
  Result<void> made = settled(make_ahead(parent, ahead));
  refused_.reset();
  if (!made && made.error().transient()) refused_ = parent;
  return made;
}

/// A busy parent's owners cost a sync for kAheadMax of them; one that is seldom seen leaves few unused.
Result<void> NestedKeyring::make_ahead(const TypeId& parent, Ahead& ahead) {
  TRY(open_file());
  std::vector<TypeId> made;
  sqlite::Transaction transaction = TRY(sqlite::Transaction::begin(*database_));
  for (std::size_t i = 0; i < ahead.next_batch; ++i) {
    made.push_back(TypeId::make(options_.prefix, clock_.now(), random_));
    TRY(add_key(made.back(), parent, 1));
  }
  TRY(transaction.commit());
  std::ranges::reverse(made);
  ahead.owners.insert(ahead.owners.begin(), made.begin(), made.end());
  ahead.next_batch = std::min(ahead.next_batch * 2, kAheadMax);
  return {};
}

Result<void> NestedKeyring::erase(const TypeId& owner) {
  if (!is_ours(owner)) return told(parents_.erase(owner));
  const std::lock_guard lock(mutex_);
  unwrapped_.erase(owner);
  return settled(overwrite(owner));
}

Result<void> NestedKeyring::overwrite(const TypeId& owner) {
  TRY(open_file());
  sqlite::Statement row =
      TRY(database_->prepare("UPDATE keys SET nonce = x'', wrapped = x'' WHERE owner = ?"));
  row.bind(owner.to_string());
  TRY(row.run());
  // The rows as they were are still in the write-ahead log.
  sqlite::Statement checkpoint = TRY(database_->prepare("PRAGMA wal_checkpoint(TRUNCATE)"));
  const bool told = TRY(checkpoint.step());
  if (told && checkpoint.integer(0) == 0) return {};
  return fail(ErrorCode::Unavailable, "keyring_busy",
              "The file of keys is being copied; the erasure is finished once that ends.");
}

Result<void> NestedKeyring::copy(const std::string& from, const std::string& to,
                                 const sqlite::CopyWatcher& watch) {
  auto database =
      TRY(sqlite::Database::open(from, {.read_only = true, .application_id = kApplicationId}));
  return sqlite::copy_database(database, to, watch);
}

}  // namespace remit::keys
