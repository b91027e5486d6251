#pragma once

#include "kit/base/result.h"
#include "kit/base/type_id.h"
#include "kit/net/http.h"
#include "pay/api/rate_limits.h"

#include <boost/describe.hpp>

#include <cstdint>
#include <optional>
#include <vector>

namespace remit::api {

/// What a key may be used for. Values are stored: do not change or reuse them.
enum class Scope : std::uint8_t {
  PaymentsRead = 1,
  PaymentsWrite = 2,
  LedgerRead = 3,
  LedgerWrite = 4,
  EventsRead = 5,
  Admin = 6,  ///< Clients and keys.
  WebhooksRead = 7,
  WebhooksWrite = 8,
  PayoutsWrite = 9,  ///< Money that leaves: payouts and refunds.
};
BOOST_DESCRIBE_ENUM(Scope, PaymentsRead, PaymentsWrite, LedgerRead, LedgerWrite, EventsRead, Admin,
                    WebhooksRead, WebhooksWrite, PayoutsWrite)

/// Who asks, once that is certain.
struct Caller {
  ClientId client;
  TypeId key;
  std::vector<Scope> scopes;
  std::optional<RateLimit> limit;  ///< Instead of the default one of keys.
  TypeId limited_as;  ///< Whose bucket it is: the key's, or the client's for all of its keys.

  bool may(Scope scope) const;
};

/// The port to whoever knows the keys. Thread safe; called on the server's thread, so it must not block.
class Authenticator {
 public:
  virtual ~Authenticator() = default;
  /// Fails with Unauthenticated; the message must not tell an unknown key from a revoked one.
  virtual Result<Caller> authenticate(const net::HttpRequest& request) const = 0;
};

}  // namespace remit::api
