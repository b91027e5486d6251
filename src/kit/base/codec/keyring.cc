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
  if (is_erased(entry->second)) return fail_erased(owner);
  const auto key = entry->second.keys.find(version);
  if (key != entry->second.keys.end()) return key->second;
  if (version <= entry->second.erased_up_to) return fail_erased(owner);
  return fail_missing(owner, version);
}

Result<Key> MemoryKeyring::ensure(const TypeId& owner) {
  const std::lock_guard lock(mutex_);
  Entry& entry = entries_[owner];
  if (is_erased(entry)) return fail_erased(owner);
  if (!entry.keys.empty()) return entry.keys.rbegin()->second;
  return add_key(owner, entry);
}

Result<Key> MemoryKeyring::rotate(const TypeId& owner) {
  const std::lock_guard lock(mutex_);
  Entry& entry = entries_[owner];
  if (is_erased(entry)) return fail_erased(owner);
  return add_key(owner, entry);
}

Result<TypeId> MemoryKeyring::make(std::string_view prefix, const TypeId& parent) {
  const std::lock_guard lock(mutex_);
  TypeId::Uuid uuid{};
  entropy_->fill(std::as_writable_bytes(std::span(uuid)));
  const TypeId owner(prefix, uuid);
  Entry& family = entries_[parent];
  if (is_erased(family)) return fail_erased(parent);
  if (family.keys.empty()) add_key(parent, family);
  Entry& entry = entries_[owner];
  entry.parent = parent;
  entry.parent_version = family.last_version;
  add_key(owner, entry);
  return owner;
}

/// For good: those that were made here, once their own keys are gone or their parent's.
bool MemoryKeyring::is_erased(const Entry& entry) const {
  if (entry.parent.empty()) return false;
  if (entry.keys.empty()) return true;
  const auto parent = entries_.find(entry.parent);
  return parent != entries_.end() && parent->second.erased_up_to >= entry.parent_version;
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
