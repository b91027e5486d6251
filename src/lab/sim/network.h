#pragma once

#include "kit/base/hash.h"
#include "kit/base/host.h"
#include "kit/base/random.h"
#include "kit/net/http.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace remit::lab::sim {

/// How often things go wrong between a client and a server, in a million exchanges.
struct NetworkRates {
  std::uint32_t refused = 0;       ///< No connection: it was certainly not sent.
  std::uint32_t request_lost = 0;  ///< It never arrives, and nobody says so.
  std::uint32_t answer_lost = 0;   ///< It arrives and has its effect, of which nobody hears.
  std::uint32_t reset = 0;  ///< The connection breaks at once; the request may arrive all the same.
  std::uint32_t duplicated = 0;  ///< The request arrives twice.
  std::uint32_t garbled = 0;     ///< Something in between answers in the server's stead, in HTML.
  std::uint32_t slow = 0;        ///< A message takes up to kDelayMax and is overtaken by others.
};

/// Which messages between two do not get through.
enum class Cut : std::uint8_t { None, Requests, Answers, Both };

/// What happened on the network, by kind.
struct NetworkCounts {
  std::uint64_t sent = 0;
  std::uint64_t arrived = 0;
  std::uint64_t duplicated = 0;
  std::uint64_t refused = 0;
  std::uint64_t lost = 0;      ///< Requests that did not arrive.
  std::uint64_t unheard = 0;   ///< Requests that arrived and whose answer did not.
  std::uint64_t too_late = 0;  ///< Arrived when the client had given up.
};

/// The network of one world, in virtual time: clients are the HttpClient port, servers are handlers, known by the host of
/// their URLs. Every message has a delay of its own, so that they overtake each other. Fails as the port says: Unavailable
/// `not_connected` when nothing was sent, OutcomeUnknown `response_timeout` or `connection_broken` when it may have arrived.
class Network {
 public:
  /// The longest that a message is under way.
  static constexpr Duration kDelayMax = std::chrono::seconds(60);

  /// All outlive it. `rates` may be changed from outside at any time.
  Network(Host& host, Random& random, const NetworkRates& rates)
      : host_(host), random_(random), rates_(rates) {}
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  /// Whether clients of a server can tell its answers from those of a gateway in between.
  enum class Answers : std::uint8_t {
    Bare,    ///< They cannot: a gateway says that it failed, or the world would be past saving.
    Signed,  ///< They can: a gateway may say anything.
  };
  /// The server behind "https://`host`". One that was there before is replaced.
  void serve(std::string host, net::Handler handler, Answers answers = Answers::Bare);
  /// Its connections are refused until it serves again.
  void take_down(std::string_view host);

  /// A client on a machine: its answers wait while that stands still. `name` is its address and the network's word for it;
  /// servers see the thumbprint as that of its certificate. Whoever waits for an answer when it is destroyed never hears one.
  /// The network and the machine outlive it.
  std::unique_ptr<net::HttpClient> connect(std::string name, Host& machine,
                                           std::string certificate_thumbprint);

  void cut(const std::string& client, const std::string& server, Cut which);
  void mend() { cuts_.clear(); }

  const NetworkCounts& counts() const { return counts_; }
  /// Over all that was sent and answered, when, and in which order.
  const Hash256& trace() const { return trace_; }

 private:
  class Client;
  /// One exchange, shared by the messages that are under way for it.
  struct Exchange;
  using ExchangePtr = std::shared_ptr<Exchange>;

  void send(const ExchangePtr& exchange);
  void deliver(const ExchangePtr& exchange, bool is_answered);
  void answer(const ExchangePtr& exchange, net::HttpResponse response);
  void fail_later(const ExchangePtr& exchange, Duration delay, Error error);
  Duration drawn_delay();
  Cut cut_of(const Exchange& exchange) const;
  void note(std::string_view what, const Exchange& exchange, std::string_view text);

  Host& host_;
  Random& random_;
  const NetworkRates& rates_;
  struct Server {
    net::Handler handler;
    Answers answers = Answers::Bare;
  };

  std::map<std::string, Server, std::less<>> servers_;
  std::map<std::pair<std::string, std::string>, Cut> cuts_;
  NetworkCounts counts_;
  std::uint64_t last_exchange_ = 0;
  Sha256 hasher_;
  Hash256 trace_{};
};

}  // namespace remit::lab::sim
