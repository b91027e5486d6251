#pragma once

#include "kit/net/http.h"
#include "kit/net/problem.h"
#include "kit/net/request_body.h"
#include "kit/net/server.h"

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

/// One connection of the HTTP server. Only server_asio.cc includes this, and what tests it over bytes in memory.
namespace remit::net {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using Tcp = asio::ip::tcp;
/// TCP or a local socket: both are served alike.
using Socket = asio::generic::stream_protocol::socket;
using ErrorCodeAsio = boost::system::error_code;

class Connection;

/// What a connection wants of its server. All on the server's thread.
class ConnectionOwner {
 public:
  virtual ~ConnectionOwner() = default;
  virtual const ServerOptions& options() const = 0;
  virtual bool draining() const = 0;
  virtual void dispatch(HttpRequest request, std::shared_ptr<Connection> connection,
                        std::uint64_t number) = 0;
  virtual void closed(Connection& connection) = 0;
  /// As ServerStats names them.
  virtual void count_refused_request(std::string_view code) = 0;
  virtual void count_ended_connection(std::string_view reason) = 0;
  /// The value of Date, made once a second.
  virtual std::string_view date() = 0;
};

/// Reads requests, one at a time, and writes answers. Everything on the server's thread. The stream is plain or TLS; both
/// share all but `start`, `read_some`, `write` and `shut`.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  Connection(ConnectionOwner& owner, Peer peer) : owner_(owner), peer_(std::move(peer)) {}
  virtual ~Connection() = default;

  virtual void start() = 0;
  /// Answers request `number`; late or repeated answers are dropped.
  void answer(std::uint64_t number, HttpResponse response);
  /// Closes the connection if what it does takes too long.
  void check_deadline(Moment now);
  /// Between two requests: closes. During one: closes behind the answer.
  void drain();
  void close();
  const Peer& peer() const { return peer_; }
  /// Since when it has nothing to do; nullopt while it has.
  std::optional<Moment> idle_since() const;

 protected:
  enum class Doing : std::uint8_t {
    Handshake,
    Idle,
    ReadingHeader,
    ReadingBody,
    Handling,
    Writing,
    Lingering,  ///< Refused before it was read whole: what still comes is thrown away.
    Closed
  };

  virtual void read_some(asio::mutable_buffer buffer) = 0;
  virtual void write(std::array<asio::const_buffer, 2> buffers) = 0;
  /// Ends our half of the connection; the other side may go on.
  virtual void finish_writing() = 0;
  virtual void shut() = 0;

  void begin_request();
  void on_read(ErrorCodeAsio error, std::size_t bytes);
  void on_written(ErrorCodeAsio error);
  void enter(Doing doing, Duration limit);

  ConnectionOwner& owner_;
  Peer peer_;
  Doing doing_ = Doing::Handshake;

 private:
  /// Of headers alone; the body is ours.
  using Parser = http::request_parser<http::empty_body>;
  void read();
  void feed();
  void feed_body();
  std::optional<Problem> read_header(std::size_t header_bytes);
  std::optional<Problem> begin_body();
  std::optional<Problem> check_expectation() const;
  bool continue_expected() const;
  bool body_too_slow(Moment now) const;
  Problem body_too_large() const;
  void finish_request();
  void refuse(const Problem& problem);
  void linger();
  void send(HttpResponse response);
  void begin_write(std::string_view head, std::string_view body);

  boost::beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  std::optional<RequestBody> request_body_;  ///< Once the header was read.
  bool reading_ = false;                     ///< A read is under way.
  bool writing_ = false;                     ///< A write is under way, also of an interim answer.
  bool keep_alive_ = true;
  bool head_only_ = false;
  bool close_after_ = false;
  bool linger_after_ = false;
  std::uint64_t lingered_bytes_ = 0;
  std::uint64_t number_ = 0;
  Moment entered_{};  ///< What it does, it does since.
  Moment deadline_ = Moment::max();
  std::string head_;
  std::string body_;
};

/// Over a plain socket.
class PlainConnection final : public Connection {
 public:
  PlainConnection(ConnectionOwner& owner, Peer peer, Socket socket)
      : Connection(owner, std::move(peer)), socket_(std::move(socket)) {}
  void start() override { begin_request(); }

 private:
  void read_some(asio::mutable_buffer buffer) override;
  void write(std::array<asio::const_buffer, 2> buffers) override;
  void finish_writing() override;
  void shut() override;
  Socket socket_;
};

/// Over TLS.
class TlsConnection final : public Connection {
 public:
  TlsConnection(ConnectionOwner& owner, Peer peer, Socket socket, asio::ssl::context& context)
      : Connection(owner, std::move(peer)), stream_(std::move(socket), context) {}
  void start() override;

 private:
  void read_some(asio::mutable_buffer buffer) override;
  void write(std::array<asio::const_buffer, 2> buffers) override;
  void finish_writing() override;
  void shut() override;
  void learn_certificate();
  asio::ssl::stream<Socket> stream_;
};

}  // namespace remit::net
