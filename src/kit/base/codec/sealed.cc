#include "kit/base/codec/sealed.h"

#include <fmt/format.h>

namespace remit::codec {
namespace {

/// What the tag of the ciphertext covers beside it: a box moved to another owner or type must not open.
Bytes associated_data(const TypeId& owner, std::uint32_t key_version, std::string_view tag) {
  Bytes out;
  BinaryWriter writer(out);
  write_value(writer, std::string("remit.sealed.v1"));
  write_value(writer, owner);
  write_value(writer, key_version);
  writer.write_sized(tag.data(), tag.size());
  writer.finish();
  return out;
}

}  // namespace

Result<SealedBox> Sealer::seal_bytes(const TypeId& owner, std::string_view tag, ByteView plain) {
  const Key key = TRY(keyring_->ensure(owner));
  SealedBox box{.owner = owner, .key_version = key.version, .nonce = {}, .ciphertext = {}};
  entropy_->fill(box.nonce);
  box.ciphertext =
      seal_aead(key.secret, box.nonce, associated_data(owner, key.version, tag), plain);
  return box;
}

Result<Bytes> Sealer::open_bytes(std::string_view tag, const std::optional<SealedBox>& box) {
  if (!box) {
    return fail(ErrorCode::NotFound, "sealed_empty", "Nothing was sealed in this field.");
  }
  const Key key = TRY(keyring_->find(box->owner, box->key_version));
  auto plain = open_aead(key.secret, box->nonce, associated_data(box->owner, box->key_version, tag),
                         box->ciphertext);
  if (!plain) {
    return fail(ErrorCode::Corrupt, "sealed_tampered",
                fmt::format("A sealed field of {} is not what was sealed; verify the journal.",
                            box->owner.to_string()));
  }
  return *std::move(plain);
}

Result<std::string> Sealer::show(const Sealed<std::string>& sealed) {
  auto text = open(sealed);
  if (!text && text.error().reason == "erased") return std::string(kErasedText);
  return text;
}

}  // namespace remit::codec
