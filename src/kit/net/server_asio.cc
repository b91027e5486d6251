#include "kit/base/check.h"
#include "kit/net/address_bucket.h"
#include "kit/net/connection_asio.h"
#include "kit/net/server.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>

#include <condition_variable>
#include <mutex>
#include <pthread.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <unordered_map>
#include <unordered_set>

namespace remit::net {
namespace {

constexpr auto kDeadlineCheck = std::chrono::milliseconds(250);
constexpr auto kAcceptPause = std::chrono::milliseconds(100);

using TlsContext = std::unique_ptr<asio::ssl::context>;

Result<TlsContext> make_context(const TlsMaterial& material, ClientCertificate ask,
                                const std::string& authorities_file) {
  auto context = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_server);
  ErrorCodeAsio error;
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  context->use_certificate_chain(asio::buffer(material.certificate_chain), error);
  if (!error) {
    context->use_private_key(asio::buffer(material.private_key), asio::ssl::context::pem, error);
  }
  if (!error && ask != ClientCertificate::NotAsked) {
    context->load_verify_file(authorities_file, error);
  }
  if (error) {
    return fail(ErrorCode::InvalidArgument, "tls_file_unusable",
                fmt::format("The certificate, its key, or the authorities in '{}' cannot be used: "
                            "{}.",
                            authorities_file, error.message()));
  }
  if (ask == ClientCertificate::NotAsked) return context;
  int mode = asio::ssl::verify_peer;
  if (ask == ClientCertificate::Required) mode |= asio::ssl::verify_fail_if_no_peer_cert;
  context->set_verify_mode(mode, error);
  constexpr unsigned char kSessionContext[] = "remit";
  SSL_CTX_set_session_id_context(context->native_handle(), kSessionContext,
                                 sizeof(kSessionContext) - 1);
  return context;
}

/// Who is at the other end; nullopt when it has gone already.
std::optional<Peer> peer_of(Socket& socket) {
  ErrorCodeAsio error;
  const auto remote = socket.remote_endpoint(error);
  if (error) return std::nullopt;
  sockaddr_storage storage{};
  std::memcpy(&storage, remote.data(), std::min(remote.size(), sizeof(storage)));
  if (storage.ss_family == AF_UNIX) {
    ucred credentials{};
    socklen_t size = sizeof(credentials);
    if (::getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) {
      return std::nullopt;
    }
    return Peer{.address = "local", .local_user = credentials.uid};
  }
  socket.set_option(Tcp::no_delay(true), error);
  if (storage.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(storage);
    asio::ip::address_v6::bytes_type bytes{};
    std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
    return Peer{.address = asio::ip::address_v6(bytes).to_string(), .port = ntohs(v6.sin6_port)};
  }
  const auto& v4 = reinterpret_cast<const sockaddr_in&>(storage);
  return Peer{.address = asio::ip::address_v4(ntohl(v4.sin_addr.s_addr)).to_string(),
              .port = ntohs(v4.sin_port)};
}

}  // namespace

class HttpServer::Impl final : public ConnectionOwner {
 public:
  Impl(ServerOptions options, Handler handler)
      : options_(std::move(options)),
        handler_(std::move(handler)),
        acceptor_(context_),
        timer_(context_),
        accept_timer_(context_) {}

  ~Impl() override {
    asio::post(context_, [this] { close_all(); });
    context_.stop();
    if (thread_.joinable()) thread_.join();
    {
      const std::lock_guard lock(gate_->mutex);
      gate_->server = nullptr;
    }
    connections_.clear();
    if (!options_.socket_path.empty()) ::unlink(options_.socket_path.c_str());
  }

  Result<void> start() {
    if (options_.tls) {
      const TlsFiles pair{.certificate_chain = options_.tls->certificate_chain,
                          .private_key = options_.tls->private_key};
      const TlsMaterialPtr material = TRY(load_tls(pair, Timestamp()));
      tls_ = TRY(context_of(*material));
    }
    if (Result<void> listening = options_.socket_path.empty() ? listen_on_port() : listen_on_path();
        !listening) {
      return listening;
    }
    gate_->server = this;
    accept();
    watch_deadlines();
    thread_ = std::thread([this] {
      pthread_setname_np(pthread_self(), options_.name.substr(0, 15).c_str());
      context_.run();
    });
    return {};
  }

  std::uint16_t port() const { return port_; }

  Result<void> use_tls(const TlsMaterial& material) {
    CHECK(options_.tls.has_value(), "a server without TLS has no use for a certificate");
    TlsContext fresh = TRY(context_of(material));
    // Connections under way keep what OpenSSL counts for them.
    asio::post(context_, [this, fresh = std::move(fresh)]() mutable { tls_ = std::move(fresh); });
    return {};
  }

  void drain(Duration patience) {
    asio::post(context_, [this] {
      draining_ = true;
      ErrorCodeAsio ignored;
      acceptor_.close(ignored);
      for (const auto& connection : copy_of_connections()) connection->drain();
      note_count();
    });
    std::unique_lock lock(gate_->mutex);
    gate_->emptied.wait_for(lock, patience, [this] { return gate_->drained; });
  }

  ServerStats stats() const {
    const std::lock_guard lock(stats_mutex_);
    return stats_;
  }

  const ServerOptions& options() const override { return options_; }
  bool draining() const override { return draining_; }

  void dispatch(HttpRequest request, std::shared_ptr<Connection> connection,
                std::uint64_t number) override {
    count([](ServerStats& stats) { ++stats.requests; });
    handler_(std::move(request), make_responder(connection, number));
  }

  void closed(Connection& connection) override {
    const auto found = per_address_.find(address_bucket(connection.peer().address));
    if (found != per_address_.end() && --found->second == 0) per_address_.erase(found);
    connections_.erase(connection.shared_from_this());
    note_count();
  }

  void count_refused_request(std::string_view code) override {
    count([code](ServerStats& stats) { ++stats.requests_refused[std::string(code)]; });
  }
  void count_ended_connection(std::string_view reason) override {
    count([reason](ServerStats& stats) { ++stats.connections_ended[std::string(reason)]; });
  }

  std::string_view date() override {
    const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    if (now != date_made_at_) {
      std::tm parts{};
      gmtime_r(&now, &parts);
      std::array<char, 64> text{};
      const std::size_t size =
          std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
      date_.assign(text.data(), size);
      date_made_at_ = now;
    }
    return date_;
  }

 private:
  struct Answer {
    std::weak_ptr<Connection> connection;
    std::uint64_t number = 0;
    HttpResponse response;
  };
  /// Where answers from other threads wait; outlives the server, so that late ones find it closed.
  struct Gate {
    std::mutex mutex;
    std::condition_variable emptied;
    Impl* server = nullptr;
    std::vector<Answer> answers;
    bool drained = false;
  };
  /// Answers once; dropped without an answer, it answers 500, so that no caller waits for ever. It
  /// may outlive the server, so it does not keep the connection, whose socket may not.
  class Ticket {
   public:
    Ticket(std::shared_ptr<Gate> gate, std::weak_ptr<Connection> connection, std::uint64_t number)
        : gate_(std::move(gate)), connection_(std::move(connection)), number_(number) {}
    Ticket(Ticket&&) noexcept = default;
    Ticket& operator=(Ticket&&) = delete;
    ~Ticket() {
      if (gate_) {
        deliver(to_response({500, "internal", "The request was not answered; try again.", {}}));
      }
    }
    void operator()(HttpResponse response) {
      CHECK(gate_ != nullptr, "a request was answered twice");
      deliver(std::move(response));
    }

   private:
    void deliver(HttpResponse response) {
      const std::shared_ptr<Gate> gate = std::move(gate_);
      const std::lock_guard lock(gate->mutex);
      if (gate->server == nullptr) return;
      gate->answers.push_back({std::move(connection_), number_, std::move(response)});
      // One post takes all answers that gather until it runs.
      if (gate->answers.size() == 1) {
        asio::post(gate->server->context_, [server = gate->server] { server->take_answers(); });
      }
    }
    std::shared_ptr<Gate> gate_;
    std::weak_ptr<Connection> connection_;
    std::uint64_t number_;
  };

  Result<TlsContext> context_of(const TlsMaterial& material) const {
    return make_context(material, options_.client_certificate, options_.tls->trusted_authorities);
  }

  Result<void> listen_on_port() {
    ErrorCodeAsio error;
    const auto address = asio::ip::make_address(options_.address, error);
    const Tcp::endpoint endpoint(address, options_.port);
    if (!error) acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error) {
      return fail(ErrorCode::FailedPrecondition, "listen_failed",
                  fmt::format("{}:{} cannot be listened on: {}; choose another address.",
                              options_.address, options_.port, error.message()));
    }
    const auto bound = acceptor_.local_endpoint();
    sockaddr_storage storage{};
    std::memcpy(&storage, bound.data(), bound.size());
    port_ = storage.ss_family == AF_INET6
                ? ntohs(reinterpret_cast<const sockaddr_in6&>(storage).sin6_port)
                : ntohs(reinterpret_cast<const sockaddr_in&>(storage).sin_port);
    return {};
  }

  Result<void> listen_on_path() {
    const std::string& path = options_.socket_path;
    if (path.size() >= sizeof(sockaddr_un::sun_path)) {
      return fail(ErrorCode::InvalidArgument, "socket_path_too_long",
                  fmt::format("{} has {} bytes and a local socket at most {}; use a shorter path.",
                              path, path.size(), sizeof(sockaddr_un::sun_path) - 1));
    }
    // What a killed server left behind. Its data directory is locked, so nobody listens there any more.
    ::unlink(path.c_str());
    ErrorCodeAsio error;
    const asio::local::stream_protocol::endpoint endpoint(path);
    acceptor_.open(endpoint.protocol(), error);
    // Between bind and chmod nobody else may come in, and no other thread makes files yet.
    const mode_t mask = ::umask(0177);
    if (!error) acceptor_.bind(endpoint, error);
    ::umask(mask);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error) {
      return fail(
          ErrorCode::FailedPrecondition, "listen_failed",
          fmt::format("{} cannot be listened on: {}; check the directory.", path, error.message()));
    }
    return {};
  }

  Responder make_responder(const std::shared_ptr<Connection>& connection, std::uint64_t number) {
    return Responder(Ticket(gate_, connection, number));
  }

  void take_answers() {
    std::vector<Answer> answers;
    {
      const std::lock_guard lock(gate_->mutex);
      answers.swap(gate_->answers);
    }
    for (Answer& answer : answers) {
      if (const auto connection = answer.connection.lock()) {
        connection->answer(answer.number, std::move(answer.response));
      }
    }
  }

  void accept() {
    acceptor_.async_accept([this](ErrorCodeAsio error, Socket socket) {
      if (!acceptor_.is_open()) return;
      if (!error) {
        admit(std::move(socket));
        return accept();
      }
      // Without a descriptor left it would fail again at once, and again.
      count_ended_connection("accept_failed");
      accept_timer_.expires_after(kAcceptPause);
      accept_timer_.async_wait([this](ErrorCodeAsio cancelled) {
        if (!cancelled && acceptor_.is_open()) accept();
      });
    });
  }

  void admit(Socket socket) {
    std::optional<Peer> found = peer_of(socket);
    if (!found) return;
    Peer peer = std::move(*found);
    const std::string bucket = address_bucket(peer.address);
    const auto of_address = per_address_.find(bucket);
    const std::size_t same = of_address == per_address_.end() ? 0 : of_address->second;
    if (same >= options_.connections_per_address_max) {
      return count_ended_connection("too_many_of_address");
    }
    if (connections_.size() >= options_.connections_max && !make_way()) {
      return count_ended_connection("too_many");
    }
    ++per_address_[bucket];
    std::shared_ptr<Connection> connection;
    if (tls_) {
      connection =
          std::make_shared<TlsConnection>(*this, std::move(peer), std::move(socket), *tls_);
    } else {
      connection = std::make_shared<PlainConnection>(*this, std::move(peer), std::move(socket));
    }
    connections_.insert(connection);
    count([](ServerStats& stats) { ++stats.connections_total; });
    note_count();
    connection->start();
  }

  /// Closes the connection that has been idle for longest; false when none is.
  bool make_way() {
    std::shared_ptr<Connection> longest;
    for (const auto& connection : connections_) {
      const auto since = connection->idle_since();
      if (since && (!longest || *since < *longest->idle_since())) longest = connection;
    }
    if (!longest) return false;
    count_ended_connection("made_way");
    longest->close();
    return true;
  }

  void watch_deadlines() {
    timer_.expires_after(kDeadlineCheck);
    timer_.async_wait([this](ErrorCodeAsio error) {
      if (error) return;
      const auto now = std::chrono::steady_clock::now();
      for (const auto& connection : copy_of_connections()) connection->check_deadline(now);
      watch_deadlines();
    });
  }

  std::vector<std::shared_ptr<Connection>> copy_of_connections() const {
    return {connections_.begin(), connections_.end()};
  }

  void close_all() {
    for (const auto& connection : copy_of_connections()) connection->close();
  }

  void note_count() {
    count([this](ServerStats& stats) { stats.connections = connections_.size(); });
    if (!draining_ || !connections_.empty()) return;
    const std::lock_guard lock(gate_->mutex);
    gate_->drained = true;
    gate_->emptied.notify_all();
  }

  template <class F>
  void count(F change) {
    const std::lock_guard lock(stats_mutex_);
    change(stats_);
  }

  const ServerOptions options_;
  const Handler handler_;
  std::shared_ptr<Gate> gate_ = std::make_shared<Gate>();
  asio::io_context context_{1};
  TlsContext tls_;
  asio::basic_socket_acceptor<asio::generic::stream_protocol> acceptor_;
  asio::steady_timer timer_;
  asio::steady_timer accept_timer_;
  std::unordered_set<std::shared_ptr<Connection>> connections_;
  std::unordered_map<std::string, std::size_t> per_address_;
  bool draining_ = false;
  std::uint16_t port_ = 0;
  std::time_t date_made_at_ = 0;
  std::string date_;
  mutable std::mutex stats_mutex_;
  ServerStats stats_;
  std::thread thread_;
};

Result<std::unique_ptr<HttpServer>> HttpServer::start(ServerOptions options, Handler handler) {
  auto impl = std::make_unique<Impl>(std::move(options), std::move(handler));
  if (Result<void> started = impl->start(); !started) return std::unexpected(started.error());
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::~HttpServer() = default;
std::uint16_t HttpServer::port() const {
  return impl_->port();
}
Result<void> HttpServer::use_tls(const TlsMaterial& material) {
  return impl_->use_tls(material);
}
void HttpServer::drain(Duration patience) {
  impl_->drain(patience);
}
ServerStats HttpServer::stats() const {
  return impl_->stats();
}

}  // namespace remit::net
