#pragma once

#include "kit/base/codec/shape.h"

#include <string>

namespace remit::codec {

/// A field that holds any JSON, already serialised: metadata of a client, a message passed through.
/// What JSON was read is compact (no white space), with numbers digit by digit as they came. Whoever
/// fills it otherwise vouches that it is JSON.
struct RawJson {
  std::string text = "null";
  bool operator==(const RawJson&) const = default;
};

template <>
struct Custom<RawJson> {
  static const std::string& to(const RawJson& json) { return json.text; }
  static Result<RawJson> from(std::string text) { return RawJson{std::move(text)}; }
};

}  // namespace remit::codec
