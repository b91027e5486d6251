#pragma once

#include "lab/bank/bank_face.h"
#include "lab/bank/registration_request.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace remit::lab::bank {

/// /register and /register/{client_id}: dynamic client registration (OpenBanking UK v3.3, RFC 7591 and 7592) in front of
/// ClientRegistry. A client is in the log before it counts.
class RegistrationApi {
 public:
  explicit RegistrationApi(BankParts parts) : parts_(parts) {}
  void add_routes(const AddRoute& add);

 private:
  using Operation = Reply (RegistrationApi::*)(const net::RoutedRequest&);

  /// What a fault makes of a call and its answer.
  Reply serve(const net::RoutedRequest& routed, Operation operation);
  Reply create(const net::RoutedRequest& routed);
  Reply read(const net::RoutedRequest& routed);
  Reply change(const net::RoutedRequest& routed);
  Reply remove(const net::RoutedRequest& routed);

  bool has_media_type(const net::HttpRequest& request) const;
  OauthAnswer<RegistrationRequest> admit(const net::HttpRequest& request);
  /// The client of the path, when the token is its own; 401 otherwise, and the token is good no more.
  std::optional<Caller> owner(const net::RoutedRequest& routed);
  Result<void> keep(RegisteredClient client);
  Result<void> give_token(json::object& metadata, const RegisteredClient& client);
  /// The token of this request, which was found good, is good no more.
  Result<void> spend_token(const net::HttpRequest& request, AccessToken token);

  BankParts parts_;
  std::map<std::string, std::int64_t, std::less<>> seen_;  ///< `jti`, until when.
};

}  // namespace remit::lab::bank
