#include "lab/bank/bank.h"

#include "kit/base/durable_file.h"
#include "kit/net/curl_client.h"
#include "kit/net/server.h"
#include "lab/bank/bank_service.h"

#include <fmt/format.h>

namespace remit::lab::bank {
namespace {

constexpr std::size_t kPemBytesMax = 64 * 1024;

Result<PrivateKey> load_signing_key(const std::string& path) {
  const Bytes pem = TRY(read_file(path, kPemBytesMax));
  return PrivateKey::from_pem(as_text(pem));
}

Result<void> check_options(const BankOptions& options) {
  if (options.accounts.empty() || (options.clients.empty() && options.directory.software.empty())) {
    return fail(ErrorCode::InvalidArgument, "bank_options_invalid",
                "A bank needs at least one account, and a client or a directory of such.");
  }
  return {};
}

}  // namespace

class Bank::Impl {
 public:
  Impl(BankOptions options, PrivateKey signing_key, Host& host, Entropy& entropy)
      : service_(std::move(options), std::move(signing_key), host, entropy,
                 [this] { return push_client(); }) {}

  Result<void> start() {
    return service_.open([this]() -> Result<std::string> {
      TRY(listen());
      return fmt::format("https://{}:{}", service_.options().address, server_->port());
    });
  }

  const BankOptions& options() const { return service_.options(); }
  std::uint16_t port() const { return server_->port(); }
  std::uint16_t control_port() const { return control_server_->port(); }

 private:
  Result<void> listen() {
    const BankOptions& options = service_.options();
    net::ServerOptions open;
    open.name = "bank";
    open.address = options.address;
    open.port = options.port;
    open.tls = options.tls;
    open.client_certificate = net::ClientCertificate::Optional;
    open.header_bytes_max = 64 * 1024;  // Request objects travel in the query.
    server_ = TRY(net::HttpServer::start(open, service_.api()));
    net::ServerOptions controls;
    controls.name = "bank-control";
    controls.port = options.control_port;
    control_server_ = TRY(net::HttpServer::start(controls, service_.controls()));
    return {};
  }

  net::HttpClient* push_client() {
    if (!push_client_) {
      net::CurlClientOptions client{.name = "bank-push"};
      client.tls = net::TlsFiles{{}, {}, service_.options().tls.trusted_authorities};
      auto started = net::CurlClient::start(std::move(client));
      if (started) push_client_ = *std::move(started);
    }
    return push_client_.get();
  }

  BankService service_;
  std::unique_ptr<net::CurlClient> push_client_;  ///< Made when the first event is pushed.
  std::unique_ptr<net::HttpServer> server_;
  std::unique_ptr<net::HttpServer> control_server_;
};

Result<std::unique_ptr<Bank>> Bank::start(BankOptions options, Host& host, Entropy& entropy) {
  if (auto checked = check_options(options); !checked) return std::unexpected(checked.error());
  PrivateKey key = TRY(load_signing_key(options.signing_key_file));
  auto impl = std::make_unique<Impl>(std::move(options), std::move(key), host, entropy);
  if (auto started = impl->start(); !started) return std::unexpected(started.error());
  return std::unique_ptr<Bank>(new Bank(std::move(impl)));
}

Bank::Bank(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Bank::~Bank() = default;

std::uint16_t Bank::port() const {
  return impl_->port();
}
std::uint16_t Bank::control_port() const {
  return impl_->control_port();
}
const std::string& Bank::url() const {
  return impl_->options().issuer;
}
std::string Bank::control_url() const {
  return fmt::format("http://127.0.0.1:{}", control_port());
}

}  // namespace remit::lab::bank
