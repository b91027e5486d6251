#pragma once

#include "kit/base/codec/aead.h"
#include "kit/base/codec/codec.h"
#include "kit/base/codec/json.h"
#include "kit/base/codec/keyring.h"
#include "kit/base/random.h"

#include <optional>
#include <string>
#include <string_view>

namespace remit::codec {

/// What a sealed value looks like where it is printed, and what stands in its place once its owner
/// was erased.
inline constexpr std::string_view kSealedText = "<sealed>";
inline constexpr std::string_view kErasedText = "<erased>";

/// A ciphertext and what is needed to find its key.
struct SealedBox {
  TypeId owner;
  std::uint32_t key_version = 0;
  Nonce nonce{};
  Bytes ciphertext;  ///< With the tag at its end.
  bool operator==(const SealedBox&) const = default;
};
BOOST_DESCRIBE_STRUCT(SealedBox, (), (owner, key_version, nonce, ciphertext))

/// A field that rules, journal and logs see as ciphertext only: personal data, authorisation codes,
/// tokens. Made at the edge by Sealer::seal, opened where it is used by Sealer::open; by default it
/// holds nothing. Equal only to copies of itself, since two seals of one value differ. JSON shows
/// `<sealed>`, or null when it holds nothing, and cannot set it.
template <class T>
class Sealed {
 public:
  Sealed() = default;
  explicit Sealed(std::optional<SealedBox> box) : box_(std::move(box)) {}

  bool empty() const { return !box_.has_value(); }
  const std::optional<SealedBox>& box() const { return box_; }
  bool operator==(const Sealed&) const = default;

 private:
  std::optional<SealedBox> box_;
};

template <class T>
struct Custom<Sealed<T>> {
  static const std::optional<SealedBox>& to(const Sealed<T>& sealed) { return sealed.box(); }
  static Result<Sealed<T>> from(std::optional<SealedBox> box) { return Sealed<T>(std::move(box)); }
};

template <class T>
struct JsonCustom<Sealed<T>> {
  static constexpr std::string_view kSchema = R"({"type":["string","null"],"readOnly":true})";
  static std::optional<std::string> to(const Sealed<T>& sealed) {
    if (sealed.empty()) return std::nullopt;
    return std::string(kSealedText);
  }
  static Result<Sealed<T>> from(const std::optional<std::string>& text) {
    if (!text) return Sealed<T>();
    return fail(ErrorCode::InvalidArgument, "json_sealed",
                "A sealed value cannot be given as JSON.");
  }
};

/// What binds a ciphertext to the type of its value, for ever: a text, bytes, or the type's own
/// `static constexpr std::string_view kSealedTag`.
template <class T>
constexpr std::string_view sealed_tag() {
  if constexpr (std::same_as<T, std::string>) {
    return "text";
  } else if constexpr (std::same_as<T, Bytes>) {
    return "bytes";
  } else {
    return T::kSealedTag;
  }
}

/// Seals and opens fields with their owners' keys (AES-256-GCM; owner, key version and type are
/// authenticated with the value). Thread safe.
class Sealer {
 public:
  /// Both must outlive it.
  Sealer(Keyring& keyring, Entropy& entropy) : keyring_(&keyring), entropy_(&entropy) {}

  /// Makes the owner's key if there is none. Fails only as the keyring does.
  template <class T>
  Result<Sealed<T>> seal(const TypeId& owner, const T& value) {
    return Sealed<T>(TRY(seal_bytes(owner, sealed_tag<T>(), encode(value))));
  }

  /// Fails with NotFound `erased` or `key_missing` (see Keyring), NotFound `sealed_empty` when it holds
  /// nothing, or Corrupt `sealed_tampered` when it is not what was sealed for this owner and type.
  template <class T>
  Result<T> open(const Sealed<T>& sealed) {
    return decode<T>(TRY(open_bytes(sealed_tag<T>(), sealed.box())));
  }

  /// As Keyring::make: a new owner, for whom things can be sealed and who can be erased.
  Result<TypeId> make_owner(std::string_view prefix, const TypeId& parent) {
    return keyring_->make(prefix, parent);
  }
  /// As Keyring::erase: nothing that was sealed for the owner can be opened from now on.
  Result<void> erase(const TypeId& owner) { return keyring_->erase(owner); }

  /// As `open`, but `<erased>` for what was erased: for what people are shown.
  Result<std::string> show(const Sealed<std::string>& sealed);

 private:
  Result<SealedBox> seal_bytes(const TypeId& owner, std::string_view tag, ByteView plain);
  Result<Bytes> open_bytes(std::string_view tag, const std::optional<SealedBox>& box);

  Keyring* keyring_;
  Entropy* entropy_;
};

}  // namespace remit::codec
