#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace remit::lab::bank {

/// An error of OAuth: a code of RFC 6749 section 4.1.2.1 or 5.2, or of OpenID Connect Core section
/// 3.1.2.6, and words for the developer at the other end.
struct OauthError {
  std::string code;
  std::string description;
};

template <class T>
using OauthAnswer = std::expected<T, OauthError>;

inline std::unexpected<OauthError> oauth_error(std::string_view code,
                                               std::string_view description) {
  return std::unexpected(OauthError{std::string(code), std::string(description)});
}

}  // namespace remit::lab::bank
