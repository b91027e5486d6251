#pragma once

#include "kit/base/codec/aead.h"
#include "kit/base/random.h"
#include "kit/base/result.h"
#include "kit/base/type_id.h"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace remit::codec {

/// The data key of one owner (a client, a payer). Wiped when it goes.
struct Key {
  TypeId owner;
  std::uint32_t version = 0;  ///< 1, 2, 3 ...; never used again, not even after an erasure.
  SecretKey secret{};

  Key() = default;
  Key(const Key&) = default;
  Key& operator=(const Key&) = default;
  ~Key();
};

/// The port to data keys. They live outside the journal, so that erasing an owner's keys erases what
/// was sealed for that owner everywhere, backups of the journal included. Thread safe. All calls may
/// fail with Unavailable when the store does.
class Keyring {
 public:
  virtual ~Keyring() = default;
  /// Fails with NotFound: `erased` when the owner was erased after that version, `key_missing` when
  /// this keyring never had it (another machine's, or lost).
  virtual Result<Key> find(const TypeId& owner, std::uint32_t version) = 0;
  /// The owner's newest key, made if need be, and durable when this returns.
  virtual Result<Key> ensure(const TypeId& owner) = 0;
  /// Makes a new key, which seals from now on; the ones before it go on opening what they sealed.
  virtual Result<Key> rotate(const TypeId& owner) = 0;
  /// Makes a new owner, who belongs to `parent`, with a first key; both durable when this returns. What was sealed for such
  /// an owner goes with the keys of either of the two, and once erased it gets no new key: `ensure` and `rotate` fail with
  /// NotFound `erased`.
  virtual Result<TypeId> make(std::string_view prefix, const TypeId& parent) = 0;
  /// Forgets all keys of the owner for good. Success when there are none.
  virtual Result<void> erase(const TypeId& owner) = 0;

 protected:
  static std::unexpected<Error> fail_erased(const TypeId& owner);
  static std::unexpected<Error> fail_missing(const TypeId& owner, std::uint32_t version);
};

/// Keys in memory, for tests and simulation: they end with the process.
class MemoryKeyring final : public Keyring {
 public:
  explicit MemoryKeyring(Entropy& entropy) : entropy_(&entropy) {}

  Result<Key> find(const TypeId& owner, std::uint32_t version) override;
  Result<Key> ensure(const TypeId& owner) override;
  Result<Key> rotate(const TypeId& owner) override;
  Result<TypeId> make(std::string_view prefix, const TypeId& parent) override;
  Result<void> erase(const TypeId& owner) override;

 private:
  struct Entry {
    TypeId parent;  ///< Empty of those that were not made here.
    std::uint32_t parent_version = 0;
    std::uint32_t last_version = 0;
    std::uint32_t erased_up_to = 0;
    std::map<std::uint32_t, Key> keys;
  };

  Key add_key(const TypeId& owner, Entry& entry);
  bool is_erased(const Entry& entry) const;

  Entropy* entropy_;
  std::mutex mutex_;
  std::map<TypeId, Entry> entries_;
};

}  // namespace remit::codec
