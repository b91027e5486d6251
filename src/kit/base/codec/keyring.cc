#include "kit/base/codec/keyring.h"

#include <fmt/format.h>
#include <openssl/crypto.h>

namespace remit::codec {

Key::~Key() {
  OPENSSL_cleanse(secret.data(), secret.size());
}

std::unexpected<Error> Keyring::fail_erased(const TypeId& owner) {
  return fail(
      ErrorCode::NotFound, "erased",
      fmt::format("The data of {} was erased and cannot be read again.", owner.to_string()));
}

std::unexpected<Error> Keyring::fail_missing(const TypeId& owner, std::uint32_t version) {
  return fail(ErrorCode::NotFound, "key_missing",
              fmt::format("Key {} of {} is not in this keyring; restore the keys that belong to "
                          "this journal.",
                          version, owner.to_string()));
}

Result<Key> MemoryKeyring::find(const TypeId& owner, std::uint32_t version) {
  const std::lock_guard lock(mutex_);
  const auto entry = entries_.find(owner);
  if (entry == entries_.end()) return fail_missing(owner, version);
  const auto key = entry->second.keys.find(version);
  if (key != entry->second.keys.end()) return key->second;
  if (version <= entry->second.erased_up_to) return fail_erased(owner);
  return fail_missing(owner, version);
}

Result<Key> MemoryKeyring::ensure(const TypeId& owner) {
  const std::lock_guard lock(mutex_);
  Entry& entry = entries_[owner];
  if (!entry.keys.empty()) return entry.keys.rbegin()->second;
  return add_key(owner, entry);
}

Result<Key> MemoryKeyring::rotate(const TypeId& owner) {
  const std::lock_guard lock(mutex_);
  return add_key(owner, entries_[owner]);
}

Key MemoryKeyring::add_key(const TypeId& owner, Entry& entry) {
  Key key;
  key.owner = owner;
  key.version = ++entry.last_version;
  entropy_->fill(key.secret);
  return entry.keys.emplace(key.version, key).first->second;
}

Result<void> MemoryKeyring::erase(const TypeId& owner) {
  const std::lock_guard lock(mutex_);
  Entry& entry = entries_[owner];
  entry.keys.clear();
  entry.erased_up_to = entry.last_version;
  return {};
}

}  // namespace remit::codec
