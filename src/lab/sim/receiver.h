#pragma once

#include "kit/base/bytes.h"
#include "kit/base/host.h"
#include "kit/base/random.h"
#include "lab/sim/network.h"
#include "lab/sim/rates.h"
#include "lab/sim/sometimes.h"

#include <map>
#include <string>
#include <vector>

namespace remit::lab::sim {

/// An event as a receiver of webhooks took it in, once.
struct TakenEvent {
  std::string id;
  std::string body;
};

/// The client's own server, to which webhooks are posted. It checks signatures by its own reading of Standard Webhooks 1.0,
/// takes each id once, and is as unreliable as the rates say.
class Receiver {
 public:
  struct Ports {
    Host& host;
    Random& random;
    Network& network;
    Sometimes& sometimes;
  };
  /// `rates` may be changed from outside at any time.
  Receiver(Ports ports, const Rates& rates);
  ~Receiver();

  /// Takes what is signed with this secret ("whsec_..."), besides what it took before.
  void trust(const std::string& secret);

  /// In the order in which they came first.
  const std::vector<TakenEvent>& taken() const { return taken_; }
  /// What was posted and is not right: a signature, or another body under the same id. Empty when nothing was.
  const std::string& objection() const { return objection_; }

 private:
  void receive(const net::HttpRequest& request, net::Responder respond);
  bool is_signed(const net::HttpRequest& request) const;
  /// True: its effect is there now, or was there before.
  bool take(const net::HttpRequest& request);

  Ports ports_;
  const Rates& rates_;
  std::vector<Bytes> secrets_;
  std::vector<TakenEvent> taken_;
  std::map<std::string, std::size_t> index_by_id_;
  std::map<std::string, std::uint64_t> failures_;  ///< Told to the sender, by id.
  std::string objection_;
};

}  // namespace remit::lab::sim
