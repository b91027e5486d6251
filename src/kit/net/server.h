#pragma once

#include "kit/base/result.h"
#include "kit/base/time.h"
#include "kit/net/http.h"
#include "kit/net/tls_material.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>

namespace remit::net {

/// Whether a client must show a certificate of the trusted authorities.
enum class ClientCertificate : std::uint8_t { NotAsked, Optional, Required };

/// The address and the bounds of one listener. `remit limits` prints them.
struct ServerOptions {
  std::string name = "http";  ///< Of its thread; at most 15 characters.
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;   ///< 0: any that is free.
  std::string socket_path;  ///< A local socket, for its owner alone, instead of address and port.
  std::optional<TlsFiles> tls;  ///< Absent: plain HTTP.
  ClientCertificate client_certificate = ClientCertificate::NotAsked;
  std::uint32_t header_bytes_max = 16 * 1024;
  std::uint64_t body_bytes_max = 1024 * 1024;
  std::size_t connections_max = 4096;
  /// Of an IPv4 address, or of an IPv6 network of 64 bits, of which one subscriber has all addresses.
  std::size_t connections_per_address_max = 1024;
  std::uint64_t requests_per_connection_max = 1'000'000;
  Duration handshake_timeout = std::chrono::seconds(10);
  Duration header_timeout = std::chrono::seconds(10);  ///< From the first byte of a request.
  Duration body_timeout = std::chrono::seconds(30);
  Duration body_grace = std::chrono::seconds(5);  ///< Behind it a body comes at this rate or above.
  std::uint64_t body_bytes_per_second_min = 1024;
  Duration write_timeout = std::chrono::seconds(30);  ///< For a slow reader of an answer.
  Duration idle_timeout = std::chrono::seconds(75);   ///< Between two requests.
};

/// Counts by a reason of a closed set.
using CountsByReason = std::map<std::string, std::uint64_t, std::less<>>;

struct ServerStats {
  std::uint64_t connections = 0;  ///< Open now.
  std::uint64_t connections_total = 0;
  std::uint64_t requests = 0;
  /// Closed by the server: too_many and too_many_of_address (never served), handshake_failed and handshake_slow, idle,
  /// made_way (idle, and all were in use), reader_slow, accept_failed (the process has no descriptor left).
  CountsByReason connections_ended;
  /// Answered below the handler, by the problem's code: bad_request, header_too_large, body_too_large, request_timeout,
  /// expectation_failed.
  CountsByReason requests_refused;
};

/// HTTP/1.1 over TCP or TLS (1.2 and later), on one thread of its own. It reads a request whole, within its bounds, before
/// the handler sees it, and serves one request of a connection at a time. What is not plainly one request (RFC 9112: both
/// Content-Length and Transfer-Encoding, bare line feeds, folded headers, no or two Hosts) is answered 400 and the
/// connection closed. When every connection is in use, the one that has been idle for longest makes way for a new one.
class HttpServer {
 public:
  static Result<std::unique_ptr<HttpServer>> start(ServerOptions options, Handler handler);
  /// Stops at once if `drain` did not come first.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  std::uint16_t port() const;
  /// From the next connection on, this certificate and key; whose clients are trusted stays. Only where options.tls was given.
  /// Fails with InvalidArgument `tls_file_unusable`, and the old ones stay. Thread safe.
  Result<void> use_tls(const TlsMaterial& material);
  /// Accepts no more, lets requests under way be answered, closes each connection behind its answer; returns when none is
  /// left or after `patience`.
  void drain(Duration patience);
  ServerStats stats() const;

 private:
  class Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace remit::net
