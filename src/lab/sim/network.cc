#include "lab/sim/network.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace remit::lab::sim {
namespace {

using std::chrono::milliseconds;

constexpr Duration kUsualDelayMax = milliseconds(300);

Error not_connected(const net::ClientRequest& request) {
  return {ErrorCode::Unavailable,
          "not_connected",
          fmt::format("{} {} was not sent: the simulated network is down.", request.method,
                      request.url),
          {},
          nullptr};
}

Error unheard(const net::ClientRequest& request, std::string reason) {
  return {ErrorCode::OutcomeUnknown,
          std::move(reason),
          fmt::format("{} {} was sent, but not answered.", request.method, request.url),
          {},
          nullptr};
}

/// "bank.example" of "https://bank.example/token?a=b".
std::string host_of(std::string_view url) {
  const std::size_t start = std::min(url.find("://"), url.size() - 3) + 3;
  return std::string(url.substr(start, url.find('/', start) - start));
}

net::HttpRequest request_at(const net::ClientRequest& sent, const std::string& client,
                            const std::string& thumbprint) {
  net::HttpRequest request{.method = sent.method, .headers = sent.headers, .body = sent.body};
  const std::size_t start = sent.url.find("://") + 3;
  const std::string target = sent.url.substr(std::min(sent.url.find('/', start), sent.url.size()));
  const std::size_t query = target.find('?');
  request.path = target.substr(0, query);
  if (query != std::string::npos) request.query = target.substr(query + 1);
  request.headers.set("Host", host_of(sent.url));
  request.peer.address = client;
  request.peer.certificate_thumbprint = thumbprint;
  return request;
}

std::string text_of(const net::Headers& headers, std::string_view body) {
  std::string text;
  for (const auto& [name, value] : headers) text += fmt::format("{}: {}\n", name, value);
  return text.append("\n").append(body);
}

net::HttpResponse page_of_gateway(bool says_ok) {
  net::HttpResponse page{.status = says_ok ? 200 : 502,
                         .body = "<html><body>Request could not be served.</body></html>"};
  page.headers.add("Content-Type", "text/html");
  return page;
}

}  // namespace

struct Network::Exchange {
  std::uint64_t number = 0;
  std::string client;
  std::string thumbprint;
  std::string server;
  net::ClientRequest request;
  net::HttpClient::Callback callback;
  Client* waiting = nullptr;  ///< nullptr once it has heard, or is gone.
};

class Network::Client final : public net::HttpClient {
 public:
  Client(Network& network, std::string name, Host& machine, std::string thumbprint)
      : network_(network),
        name_(std::move(name)),
        machine_(machine),
        thumbprint_(std::move(thumbprint)) {}
  ~Client() override {
    auto open = std::exchange(open_, {});
    for (auto& [number, exchange] : open) exchange->waiting = nullptr;
    for (auto& [number, exchange] : open) exchange->callback = nullptr;
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void send(net::ClientRequest request, Callback callback) override {
    auto exchange = std::make_shared<Exchange>();
    exchange->number = ++network_.last_exchange_;
    exchange->client = name_;
    exchange->thumbprint = thumbprint_;
    exchange->server = host_of(request.url);
    exchange->request = std::move(request);
    exchange->callback = std::move(callback);
    exchange->waiting = this;
    open_.emplace(exchange->number, exchange);
    network_.send(exchange);
  }

  /// Heard by the machine: now, or when it goes on.
  void hear(const ExchangePtr& exchange, Duration delay, Result<net::HttpResponse> result) {
    machine_.timers().after(delay,
                            [&network = network_, exchange, result = std::move(result)]() mutable {
                              if (exchange->waiting == nullptr) return;
                              exchange->waiting->open_.erase(exchange->number);
                              exchange->waiting = nullptr;
                              network.note(result ? "heard" : result.error().reason, *exchange, {});
                              auto callback = std::move(exchange->callback);
                              callback(std::move(result));
                            });
  }

 private:
  Network& network_;
  const std::string name_;
  Host& machine_;
  const std::string thumbprint_;
  std::map<std::uint64_t, ExchangePtr> open_;
};

void Network::serve(std::string host, net::Handler handler, Answers answers) {
  servers_.insert_or_assign(std::move(host), Server{std::move(handler), answers});
}

void Network::take_down(std::string_view host) {
  if (const auto found = servers_.find(host); found != servers_.end()) servers_.erase(found);
}

std::unique_ptr<net::HttpClient> Network::connect(std::string name, Host& machine,
                                                  std::string certificate_thumbprint) {
  return std::make_unique<Client>(*this, std::move(name), machine,
                                  std::move(certificate_thumbprint));
}

void Network::cut(const std::string& client, const std::string& server, Cut which) {
  cuts_[{client, server}] = which;
}

Cut Network::cut_of(const Exchange& exchange) const {
  const auto found = cuts_.find({exchange.client, exchange.server});
  return found == cuts_.end() ? Cut::None : found->second;
}

Duration Network::drawn_delay() {
  const Duration most = random_.chance(rates_.slow) ? kDelayMax : kUsualDelayMax;
  return Duration(
      1 + static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(most.count()))));
}

void Network::fail_later(const ExchangePtr& exchange, Duration delay, Error error) {
  if (exchange->waiting != nullptr) {
    exchange->waiting->hear(exchange, delay, std::unexpected(std::move(error)));
  }
}

void Network::send(const ExchangePtr& exchange) {
  const net::ClientRequest& request = exchange->request;
  ++counts_.sent;
  note("sent", *exchange, text_of(request.headers, request.body));
  const Cut cut = cut_of(*exchange);
  // A connection that was there before the cut lets the client send, and lose, what it has.
  const bool is_kept = cut != Cut::None && random_.below(2) == 0;
  const auto server = servers_.find(exchange->server);
  if (server == servers_.end() || (cut != Cut::None && !is_kept) ||
      random_.chance(rates_.refused)) {
    ++counts_.refused;
    const Duration delay = cut == Cut::None ? drawn_delay() : request.options.connect_timeout;
    return fail_later(exchange, std::min(delay, request.options.connect_timeout),
                      not_connected(request));
  }
  fail_later(exchange, request.options.total_timeout, unheard(request, "response_timeout"));
  if (cut == Cut::Requests || cut == Cut::Both || random_.chance(rates_.request_lost)) {
    ++counts_.lost;
    return;
  }
  bool is_answered = cut != Cut::Answers && !random_.chance(rates_.answer_lost);
  if (random_.chance(rates_.reset)) {
    fail_later(exchange, drawn_delay(), unheard(request, "connection_broken"));
    if (random_.below(2) == 0) return;
    is_answered = false;
  }
  if (random_.chance(rates_.garbled)) {
    const bool says_ok = server->second.answers == Answers::Signed && random_.below(3) == 0;
    answer(exchange, page_of_gateway(says_ok));
    if (random_.below(2) == 0) return;
    is_answered = false;
  }
  deliver(exchange, is_answered);
  if (random_.chance(rates_.duplicated)) {
    ++counts_.duplicated;
    deliver(exchange, is_answered);
  }
}

void Network::deliver(const ExchangePtr& exchange, bool is_answered) {
  host_.timers().after(drawn_delay(), [this, exchange, is_answered] {
    const auto server = servers_.find(exchange->server);
    if (server == servers_.end()) {
      return fail_later(exchange, Duration{0}, unheard(exchange->request, "connection_broken"));
    }
    ++counts_.arrived;
    if (!is_answered) ++counts_.unheard;
    if (exchange->waiting == nullptr) ++counts_.too_late;
    note("arrived", *exchange, {});
    // Copied: a server may be replaced by what it does.
    const net::Handler handler = server->second.handler;
    handler(request_at(exchange->request, exchange->client, exchange->thumbprint),
            [this, exchange, is_answered](net::HttpResponse response) {
              if (is_answered) answer(exchange, std::move(response));
            });
  });
}

void Network::answer(const ExchangePtr& exchange, net::HttpResponse response) {
  note("answered", *exchange,
       fmt::format("{} {}", response.status, text_of(response.headers, response.body)));
  host_.timers().after(drawn_delay(), [this, exchange, response = std::move(response)]() mutable {
    if (exchange->waiting == nullptr) return;
    if (response.body.size() > exchange->request.options.response_bytes_max) {
      return fail_later(exchange, Duration{0}, unheard(exchange->request, "response_too_large"));
    }
    exchange->waiting->hear(exchange, Duration{0}, std::move(response));
  });
}

void Network::note(std::string_view what, const Exchange& exchange, std::string_view text) {
  const std::string line = fmt::format(
      "{} {} {} {} {} {} {}", host_.clock().monotonic().time_since_epoch().count(), exchange.number,
      what, exchange.client, exchange.request.method, exchange.request.url, text);
  trace_ = hasher_.update(view_of(trace_)).update(as_bytes(line)).finish();
}

}  // namespace remit::lab::sim
