#pragma once

#include "kit/base/random.h"
#include "kit/base/time.h"
#include "lab/bank/json.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace remit::lab::bank {

/// What a token lets its bearer do, and which certificate must be shown with it (RFC 8705).
struct AccessToken {
  std::string client_id;
  std::string certificate_thumbprint;
  std::string scope;
  std::string
      consent_id;  ///< Empty: of client credentials. Else the payer's, for this consent alone.
  Timestamp expires{};
};

/// For whom and for which consent a refresh token gives another access token.
struct RefreshGrant {
  std::string client_id;
  std::string consent_id;
};

/// What the payer's approval gave, until it is exchanged, once.
struct AuthorisationCode {
  std::string client_id;
  std::string consent_id;
  std::string redirect_uri;
  std::string nonce;
  std::string code_challenge;  ///< S256 of RFC 7636; empty without one.
  std::string acr;
  Timestamp expires{};
};

json::object to_json(const AccessToken& token);
std::optional<AccessToken> access_token_from_json(const json::object& record);

/// The tokens and codes that are good, by the SHA-256 of their text: reading the bank's log gives
/// nobody a token.
class Access {
 public:
  explicit Access(Entropy& entropy) : entropy_(entropy) {}

  /// 256 random bits, base64url.
  std::string make_secret();
  static std::string hash_of(std::string_view secret);

  void keep_token(const std::string& hash, AccessToken token, Timestamp now);
  /// Expired ones too, for a while: they are answered differently from unknown ones.
  const AccessToken* find_token(std::string_view secret) const;

  /// Makes one; returns its text.
  std::string keep_refresh_token(RefreshGrant grant);
  std::optional<RefreshGrant> find_refresh_token(std::string_view secret) const;
  void forget_refresh_token(std::string_view secret) { refresh_.erase(hash_of(secret)); }

  void keep_code(std::string_view code, AuthorisationCode details, Timestamp now);
  /// Nullopt for a code that is unknown or was used. A second use revokes the token that the first
  /// one gave (RFC 6749 section 4.1.2).
  std::optional<AuthorisationCode> use_code(std::string_view code);
  /// Names the token that a used code gave.
  void note_token_of_code(std::string_view code, const std::string& token_hash);

 private:
  struct Code {
    AuthorisationCode details;
    bool used = false;
    std::string token_hash;
  };
  Entropy& entropy_;
  std::map<std::string, AccessToken, std::less<>> tokens_;
  std::map<std::string, Code, std::less<>> codes_;
  std::map<std::string, RefreshGrant, std::less<>> refresh_;
  std::uint64_t kept_ = 0;
};

}  // namespace remit::lab::bank
