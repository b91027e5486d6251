#pragma once

#include "kit/base/result.h"
#include "kit/net/router.h"

#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace remit::service {

/// Who asks: an orchestrator that would restart the process (live) or take it out of the load (ready).
enum class Probe : std::uint8_t { Live, Ready };

/// Named checks behind /livez and /readyz: 200 when all pass, else 503; a JSON body that lists the failing ones, and all of
/// them with the query `verbose`. Thread safe.
class Health {
 public:
  /// Runs on the server's thread at each probe: must be short and must not block.
  using Check = std::function<Result<void>()>;
  /// A check for Live should fail only for what a restart mends. Names are unique per probe, or it is a bug.
  void add(Probe probe, std::string name, Check check);
  /// From now on not ready, since the process is about to end: the check `draining` fails.
  void set_draining();

  net::HttpResponse answer(Probe probe, bool verbose) const;
  /// GET /livez and GET /readyz. The object must outlive the router.
  void add_routes(net::Router& router) const;

 private:
  struct Named {
    Probe probe;
    std::string name;
    Check check;
  };
  mutable std::mutex mutex_;
  std::vector<Named> checks_;
  bool draining_ = false;
};

}  // namespace remit::service
