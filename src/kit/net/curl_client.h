#pragma once

#include "kit/base/host.h"
#include "kit/net/http.h"
#include "kit/net/tls_material.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

struct sockaddr;

namespace remit::net {

/// How a client presents itself, whom it trusts, and its bounds.
struct CurlClientOptions {
  std::string name = "http-client";  ///< Of its thread; at most 15 characters.
  std::optional<TlsFiles>
      tls;  ///< For mutual TLS and private authorities; read at each new connection.
  /// To which addresses it connects, such as to public ones alone (public_address.h): for URLs that somebody else chose.
  /// Asked on the client's thread about the very address that is connected to then, whatever the name resolved to before
  /// and will next time. A request that found no other ends as PermissionDenied `address_not_public`. Empty: to all.
  std::function<bool(const sockaddr&)> may_connect;
  std::size_t requests_waiting_max = 10'000;  ///< Beyond it: Unavailable, `client_busy`.
  std::size_t connections_max = 512;
  std::size_t connections_per_host_max = 128;
};

/// The HTTP client on libcurl's multi interface: one thread, connections kept and reused, mutual TLS (1.2 and later), no
/// redirects, http and https only. libcurl sends a request a second time by itself in one case: when a kept connection
/// turns out to be closed before a byte of the answer came. What must not happen twice therefore carries its idempotency
/// key, as every submission does.
class CurlClient final : public HttpClient {
 public:
  static Result<std::unique_ptr<CurlClient>> start(CurlClientOptions options);
  /// Requests under way end as OutcomeUnknown, those not begun as Unavailable.
  ~CurlClient() override;
  CurlClient(const CurlClient&) = delete;
  CurlClient& operator=(const CurlClient&) = delete;

  void send(ClientRequest request, Callback callback) override;
  /// From the next request on, this instead of options.tls or of what was given before: connections made with something else
  /// are not used again. Thread safe.
  void use_tls(TlsMaterialPtr material);

 private:
  class Loop;
  explicit CurlClient(std::unique_ptr<Loop> loop);
  std::unique_ptr<Loop> loop_;
};

/// Sends and waits for the answer: for command lines and tests, never from a component's step.
Result<HttpResponse> send_and_wait(HttpClient& client, ClientRequest request);

}  // namespace remit::net
