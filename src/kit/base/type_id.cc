#include "kit/base/type_id.h"

#include "kit/base/check.h"
#include "kit/base/hash.h"

namespace remit {
namespace {

/// Crockford's base32 in lower case, as the TypeID specification has it.
constexpr std::string_view kAlphabet = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr std::size_t kSuffixSize = 26;

bool is_prefix(std::string_view prefix) {
  if (prefix.size() > TypeId::kPrefixMax) return false;
  if (prefix.starts_with('_') || prefix.ends_with('_')) return false;
  for (const char c : prefix) {
    if (c != '_' && (c < 'a' || c > 'z')) return false;
  }
  return true;
}

void set_version(TypeId::Uuid& uuid, std::uint8_t version) {
  uuid[6] = static_cast<std::uint8_t>((uuid[6] & 0x0FU) | (version << 4U));
  uuid[8] = static_cast<std::uint8_t>((uuid[8] & 0x3FU) | 0x80U);
}

constexpr std::size_t kTimeBytes = 6;

TypeId::Uuid digest_of(Sha256& hasher, std::string_view label) {
  hasher.update(as_bytes(std::string_view("\0", 1))).update(as_bytes(label));
  const Hash256 digest = hasher.finish();
  TypeId::Uuid uuid{};
  std::memcpy(uuid.data(), digest.data(), uuid.size());
  set_version(uuid, 8);
  return uuid;
}

}  // namespace

TypeId::TypeId(std::string_view prefix, const Uuid& uuid) : uuid_(uuid) {
  CHECK(is_prefix(prefix), "not a TypeID prefix: {}", prefix);
  std::memcpy(prefix_.data(), prefix.data(), prefix.size());
}

TypeId TypeId::make(std::string_view prefix, Timestamp now, Random& random) {
  const auto milliseconds = static_cast<std::uint64_t>(
      std::chrono::floor<std::chrono::milliseconds>(now).time_since_epoch().count());
  Uuid uuid{};
  for (std::size_t i = 0; i < 6; ++i) {
    uuid[i] = static_cast<std::uint8_t>(milliseconds >> (40U - 8U * i));
  }
  const std::uint64_t high = random.next();
  const std::uint64_t low = random.next();
  std::memcpy(uuid.data() + 6, &high, 2);
  std::memcpy(uuid.data() + 8, &low, 8);
  set_version(uuid, 7);
  return {prefix, uuid};
}

TypeId TypeId::derive(std::string_view prefix, const TypeId& source, std::string_view label) {
  thread_local Sha256 hasher;
  hasher.update(std::as_bytes(std::span(source.prefix_)))
      .update(std::as_bytes(std::span(source.uuid_)));
  Uuid uuid = digest_of(hasher, label);
  std::memcpy(uuid.data(), source.uuid_.data(), kTimeBytes);
  return {prefix, uuid};
}

TypeId TypeId::derive(std::string_view prefix, ByteView source, std::string_view label) {
  thread_local Sha256 hasher;
  hasher.update(source);
  return {prefix, digest_of(hasher, label)};
}

std::optional<TypeId> TypeId::parse(std::string_view text) {
  if (text.size() < kSuffixSize) return std::nullopt;
  std::string_view prefix = text.substr(0, text.size() - kSuffixSize);
  const std::string_view suffix = text.substr(text.size() - kSuffixSize);
  if (!prefix.empty()) {
    if (!prefix.ends_with('_')) return std::nullopt;
    prefix.remove_suffix(1);
    if (prefix.empty() || !is_prefix(prefix)) return std::nullopt;
  }
  if (suffix.front() > '7') return std::nullopt;  // More than 128 bits.
  unsigned __int128 number = 0;
  for (const char c : suffix) {
    const std::size_t digit = kAlphabet.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    number = (number << 5U) | digit;
  }
  Uuid uuid{};
  for (std::size_t i = 0; i < uuid.size(); ++i) {
    uuid[i] = static_cast<std::uint8_t>(number >> (120U - 8U * i));
  }
  return TypeId(prefix, uuid);
}

std::string_view TypeId::prefix() const {
  const auto end = std::ranges::find(prefix_, '\0');
  return {prefix_.data(), static_cast<std::size_t>(end - prefix_.begin())};
}

std::string TypeId::to_string() const {
  unsigned __int128 number = 0;
  for (const std::uint8_t byte : uuid_) number = (number << 8U) | byte;
  std::array<char, kSuffixSize> suffix{};
  for (std::size_t i = kSuffixSize; i-- > 0;) {
    suffix[i] = kAlphabet[static_cast<std::size_t>(number & 0x1FU)];
    number >>= 5U;
  }
  std::string text(prefix());
  if (!text.empty()) text.push_back('_');
  return text.append(suffix.data(), suffix.size());
}

Timestamp TypeId::time() const {
  std::uint64_t milliseconds = 0;
  for (std::size_t i = 0; i < 6; ++i) milliseconds = (milliseconds << 8U) | uuid_[i];
  return Timestamp(std::chrono::milliseconds(static_cast<std::int64_t>(milliseconds)));
}

}  // namespace remit
