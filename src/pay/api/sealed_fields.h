#pragma once

#include "kit/base/codec/sealed.h"

#include <optional>

namespace remit::api {

/// What keeps a sealed field from being shown, for the answer: an Internal error, which the log has whole and the client does
/// not. Also of what may pass: the command may have happened, so the answer must not say that nothing did.
Error when_sealed_fails(Error error);

/// What is sealed, for whoever may see it; nothing once its owner was erased, and then only: a key that cannot be had at the
/// moment must not make a person look erased.
template <class T>
Result<std::optional<T>> open_unless_erased(codec::Sealer& sealer, const codec::Sealed<T>& sealed) {
  Result<T> opened = sealer.open(sealed);
  if (opened) return std::optional<T>(std::move(*opened));
  if (opened.error().reason == "erased") return std::optional<T>();
  return std::unexpected(when_sealed_fails(std::move(opened).error()));
}

}  // namespace remit::api
