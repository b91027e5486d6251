#pragma once

#include "kit/net/http.h"
#include "kit/net/router.h"
#include "lab/bank/faults.h"

#include <cstdint>
#include <functional>
#include <string_view>

namespace remit::lab::bank {

/// When an answer goes out.
enum class Delivery : std::uint8_t {
  Now,
  Late,   ///< After BankOptions::slow_answer.
  Never,  ///< The connection is held, then ends with 500.
};

/// What a route answers.
struct Reply {
  net::HttpResponse response;
  Delivery delivery = Delivery::Now;
};

inline Delivery delivery_of(Fault fault) {
  if (fault == Fault::Slow) return Delivery::Late;
  const bool silent = fault == Fault::TimeoutBefore || fault == Fault::TimeoutAfter;
  return silent ? Delivery::Never : Delivery::Now;
}

using Serve = std::function<Reply(const net::RoutedRequest&)>;
/// Adds a route to a port of the bank; it is served under the bank's lock.
using AddRoute =
    std::function<void(std::string_view method, std::string_view pattern, Serve serve)>;

}  // namespace remit::lab::bank
