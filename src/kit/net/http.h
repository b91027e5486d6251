#pragma once

#include "kit/base/result.h"
#include "kit/base/time.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace remit::net {

/// Header fields in the order in which they came. Names compare without regard to case (RFC 9110
/// section 5.1).
class Headers {
 public:
  void add(std::string name, std::string value) {
    fields_.emplace_back(std::move(name), std::move(value));
  }
  /// Replaces all fields of that name.
  void set(std::string_view name, std::string value);
  /// The first value of that name; nullopt when absent.
  std::optional<std::string_view> find(std::string_view name) const;
  /// How often the name occurs.
  std::size_t count(std::string_view name) const;
  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }
  std::size_t size() const { return fields_.size(); }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

/// Who is at the other end of a connection, as far as the transport knows.
struct Peer {
  std::string address;  ///< Numeric, without the port; "local" on a local socket.
  std::uint16_t port = 0;
  std::optional<std::uint32_t> local_user;  ///< Who the kernel says it is, on a local socket.
  /// SHA-256 of the client certificate's DER (the `x5t#S256` of RFC 8705), base64url; empty without
  /// one.
  std::string certificate_thumbprint;
  std::string certificate_subject;  ///< RFC 2253 form; empty without one.
};

/// A request that a server has read whole. The body's bytes are exactly those that came, since
/// signatures cover them.
struct HttpRequest {
  std::string method;
  std::string
      path;  ///< Decoded segments are for the router; this is the raw path without the query.
  std::string query;  ///< Raw, without '?'.
  Headers headers;
  std::string body;
  Peer peer;
};

struct HttpResponse {
  int status = 200;
  Headers headers;
  std::string body;
  /// Why it is a 500, or a 503 that needs somebody: for the server's own log (kit/service/fault_log.h), never sent.
  std::shared_ptr<const Error> fault = nullptr;
};

/// Gives the answer to one request, from any thread, exactly once. Dropped without an answer: 500
/// and a CHECK in tests.
using Responder = std::move_only_function<void(HttpResponse)>;
/// Called on the server's thread; must not block.
using Handler = std::function<void(HttpRequest, Responder)>;

/// The time and size limits of one outgoing call.
struct CallOptions {
  Duration connect_timeout = std::chrono::seconds(5);
  Duration total_timeout = std::chrono::seconds(20);
  std::uint64_t response_bytes_max = 1024 * 1024;
};

struct ClientRequest {
  std::string method;
  std::string url;          ///< Absolute, http or https.
  std::string socket_path;  ///< Goes over this local socket instead of the URL's host.
  Headers headers;
  std::string body;
  CallOptions options;
};

/// The port to HTTP clients. A failure says what is known of the effect: Unavailable when the
/// request was certainly not sent (refused connection, failed resolution or handshake; with the
/// reason `certificate_untrusted` when the server could not prove who it is),
/// OutcomeUnknown when it may have arrived (timeout or broken connection after the request began to
/// go out). An HTTP status, whatever it is, is a response and not a failure.
class HttpClient {
 public:
  using Callback = std::move_only_function<void(Result<HttpResponse>)>;
  virtual ~HttpClient() = default;
  /// Thread safe. The callback runs once, on the client's thread; it must be short.
  virtual void send(ClientRequest request, Callback callback) = 0;
};

/// The certificates with which a client or server presents itself and whom it trusts. Paths to PEM
/// files, never logged.
struct TlsFiles {
  std::string certificate_chain;  ///< Empty: none is presented.
  std::string private_key;
  std::string trusted_authorities;  ///< Empty: a client uses the system's, a server asks for no
                                    ///< client certificate.
};

}  // namespace remit::net
