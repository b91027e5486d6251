#include "lab/bank/bank.h"

#include "kit/base/durable_file.h"
#include "kit/net/curl_client.h"
#include "kit/net/router.h"
#include "kit/net/server.h"
#include "lab/bank/control_api.h"
#include "lab/bank/events_api.h"
#include "lab/bank/exchange_recorder.h"
#include "lab/bank/name_verification_api.h"
#include "lab/bank/registration_api.h"
#include "lab/bank/uuid.h"

#include <algorithm>
#include <deque>
#include <mutex>
#include <optional>

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
      : options_(std::move(options)),
        signing_key_(std::move(signing_key)),
        host_(host),
        entropy_(entropy),
        access_(entropy),
        clients_(options_.clients),
        faults_(options_.fault_seed),
        payments_(options_, host.clock(), entropy,
                  [this](Duration delay, std::function<void()> task) {
                    schedule(delay, std::move(task));
                  }) {}

  ~Impl() {
    // Whatever comes later, from a listener or a timer, finds the bank closed.
    const std::lock_guard lock(gate_->mutex);
    gate_->bank = nullptr;
  }

  Result<void> start() {
    const std::lock_guard lock(gate_->mutex);
    gate_->bank = this;
    if (!options_.record_file.empty()) {
      recorder_ = TRY(ExchangeRecorder::open(options_.record_file));
    }
    if (auto loaded = payments_.load(access_, clients_); !loaded) return loaded;
    if (auto listening = listen(); !listening) return listening;
    if (options_.issuer.empty()) {
      options_.issuer = fmt::format("https://{}:{}", options_.address, server_->port());
    }
    const BankParts parts{options_, signing_key_,    payments_,     clients_, access_,
                          faults_,  options_.quirks, host_.clock(), entropy_};
    events_.emplace(
        parts,
        [this](Duration delay, std::function<void()> task) { schedule(delay, std::move(task)); },
        [this](const std::string& url, const std::string& token, std::function<void(bool)> done) {
          push(url, token, std::move(done));
        });
    payments_.on_change([this](const Payment& payment) { events_->payment_changed(payment); });
    for (const StandardVersion version : {StandardVersion::V3, StandardVersion::V4}) {
      payments_apis_.emplace_back(parts, version);
      events_apis_.emplace_back(parts, *events_, version);
    }
    authorisation_.emplace(parts, options_.automatic_payer);
    registration_.emplace(parts);
    names_.emplace(parts);
    control_.emplace(parts, *authorisation_, *events_);
    for (PaymentsApi& api : payments_apis_) api.add_routes(adder(routes_, true));
    for (EventsApi& api : events_apis_) api.add_routes(adder(routes_, true));
    authorisation_->add_routes(adder(routes_, true));
    registration_->add_routes(adder(routes_, true));
    names_->add_routes(adder(routes_, true));
    control_->add_routes(adder(control_routes_, false));
    return {};
  }

  const BankOptions& options() const { return options_; }
  std::uint16_t port() const { return server_->port(); }
  std::uint16_t control_port() const { return control_server_->port(); }

 private:
  /// Outlives the bank in timers and handlers.
  struct Gate {
    std::mutex mutex;
    Impl* bank = nullptr;
  };

  net::Handler handler(net::Router Impl::* routes) {
    return [gate = gate_, routes](net::HttpRequest request, net::Responder respond) {
      const std::lock_guard lock(gate->mutex);
      if (gate->bank != nullptr) {
        (gate->bank->*routes).handle(std::move(request), std::move(respond));
      }
    };
  }

  Result<void> listen() {
    net::ServerOptions open;
    open.name = "bank";
    open.address = options_.address;
    open.port = options_.port;
    open.tls = options_.tls;
    open.client_certificate = net::ClientCertificate::Optional;
    open.header_bytes_max = 64 * 1024;  // Request objects travel in the query.
    server_ = TRY(net::HttpServer::start(open, handler(&Impl::routes_)));
    net::ServerOptions controls;
    controls.name = "bank-control";
    controls.port = options_.control_port;
    control_server_ = TRY(net::HttpServer::start(controls, handler(&Impl::control_routes_)));
    return {};
  }

  AddRoute adder(net::Router& router, bool recorded) {
    return
        [this, &router, recorded](std::string_view method, std::string_view pattern, Serve serve) {
          router.add(method, pattern,
                     [this, recorded, serve = std::move(serve)](net::RoutedRequest routed,
                                                                net::Responder respond) {
                       Reply reply = serve(routed);
                       const bool silent = reply.delivery == Delivery::Never;
                       if (recorded) {
                         recorder_.record(host_.clock().now(), routed.request,
                                          silent ? nullptr : &reply.response);
                       }
                       deliver(std::move(reply), std::move(respond));
                     });
        };
  }

  void deliver(Reply reply, net::Responder respond) {
    switch (reply.delivery) {
      case Delivery::Now:
        respond(std::move(reply.response));
        return;
      case Delivery::Late:
        host_.timers().after(
            options_.slow_answer,
            [respond = std::move(respond), response = std::move(reply.response)]() mutable {
              respond(std::move(response));
            });
        return;
      case Delivery::Never:
        // A responder that is dropped ends the request with 500, long after its sender gave up.
        host_.timers().after(options_.silence, [respond = std::move(respond)] {});
        return;
    }
  }

  void schedule(Duration delay, std::function<void()> task) {
    host_.timers().after(delay, [gate = gate_, task = std::move(task)] {
      const std::lock_guard lock(gate->mutex);
      if (gate->bank != nullptr) task();
    });
  }

  /// An event to a client's own URL (Real Time Event Notification API): taken is 202.
  void push(const std::string& url, const std::string& token, std::function<void(bool)> done) {
    if (!push_client_) {
      net::CurlClientOptions client{.name = "bank-push"};
      client.tls = net::TlsFiles{{}, {}, options_.tls.trusted_authorities};
      auto started = net::CurlClient::start(std::move(client));
      if (!started) return schedule(Duration{0}, [done = std::move(done)] { done(false); });
      push_client_ = *std::move(started);
    }
    net::ClientRequest request{.method = "POST", .url = url, .body = token};
    request.headers.add("Content-Type", "application/jwt");
    request.headers.add("x-fapi-financial-id", options_.organisation_id);
    request.headers.add("x-fapi-interaction-id", make_uuid(entropy_));
    const std::size_t host = url.find("://") + 3;
    const net::HttpRequest sent{.method = "POST",
                                .path = url.substr(std::min(url.find('/', host), url.size())),
                                .headers = request.headers,
                                .body = token};
    push_client_->send(std::move(request), [gate = gate_, sent, done = std::move(done)](
                                               const Result<net::HttpResponse>& response) {
      const std::lock_guard lock(gate->mutex);
      if (gate->bank == nullptr) return;
      gate->bank->recorder_.record(gate->bank->host_.clock().now(), sent,
                                   response ? &*response : nullptr);
      done(response && response->status == 202);
    });
  }

  std::shared_ptr<Gate> gate_ = std::make_shared<Gate>();
  BankOptions options_;
  const PrivateKey signing_key_;
  Host& host_;
  Entropy& entropy_;
  ExchangeRecorder recorder_;
  Access access_;
  ClientRegistry clients_;
  Faults faults_;
  DomesticPayments payments_;
  std::optional<EventOutbox> events_;
  std::deque<PaymentsApi> payments_apis_;  ///< One a version; routes point into it.
  std::deque<EventsApi> events_apis_;      ///< The same.
  std::optional<AuthorisationApi> authorisation_;
  std::optional<RegistrationApi> registration_;
  std::optional<NameVerificationApi> names_;
  std::optional<ControlApi> control_;
  net::Router routes_;
  net::Router control_routes_;
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
