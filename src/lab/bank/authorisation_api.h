#pragma once

#include "lab/bank/client_authentication.h"
#include "lab/bank/payments_api.h"
#include "lab/bank/request_object.h"

#include <map>
#include <string>
#include <string_view>

namespace remit::lab::bank {

/// What the automatic payer does with the consents that it is shown.
struct AutomaticPayer {
  bool on = false;
  std::uint32_t refuse_per_mille = 0;  ///< Drawn from the fault seed and the consent id.
  std::string account_id;              ///< Empty: one of all the accounts, by the consent id.
};

/// The bank's authorisation server: OpenID discovery, keys, the token endpoint, and the authorisation
/// endpoint with a page for a payer, or an automatic one (FAPI 1 Advanced; OpenID Connect Core).
class AuthorisationApi {
 public:
  AuthorisationApi(BankParts parts, bool automatic_payer);
  void add_routes(const AddRoute& add);

  AutomaticPayer& payer() { return payer_; }

 private:
  /// A payer looks at the page.
  struct Interaction {
    AuthorisationRequest request;
    Timestamp expires{};
  };

  Reply discovery() const;
  Reply keys() const;

  Reply token(const net::RoutedRequest& routed);
  OauthAnswer<json::object> grant(const net::HttpRequest& request, Fault& fault);
  OauthAnswer<json::object> grant_client(const RegisteredClient& client, const Form& form);
  OauthAnswer<json::object> grant_code(const RegisteredClient& client, const Form& form);
  OauthAnswer<json::object> grant_refresh(const RegisteredClient& client, const Form& form);
  OauthAnswer<json::object> issue(AccessToken token, std::string& hash);

  Reply authorise(const net::RoutedRequest& routed);
  Reply decide(const net::RoutedRequest& routed);
  OauthAnswer<void> check_consent(const AuthorisationRequest& request) const;
  Reply show_page(AuthorisationRequest request);
  Reply answer_automatically(const AuthorisationRequest& request);
  Reply approve(const AuthorisationRequest& request, const std::string& account_id, int status);
  Reply refuse_payment(const AuthorisationRequest& request, int status);
  /// With `hashes` (c_hash, s_hash, at_hash) among its claims.
  std::string id_token(const AuthorisationCode& details, json::object hashes) const;
  std::uint64_t draw(std::string_view purpose, std::string_view consent_id) const;

  BankParts parts_;
  std::string kid_;
  ClientAuthentication clients_;
  AutomaticPayer payer_;
  std::map<std::string, Interaction, std::less<>> interactions_;
};

}  // namespace remit::lab::bank
