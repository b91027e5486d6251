#pragma once

#include "kit/net/http.h"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace remit::net {

/// A request that found its route.
struct RoutedRequest {
  HttpRequest request;
  std::map<std::string, std::string, std::less<>> parameters;  ///< From the path, percent-decoded.
  std::string_view route;  ///< "/v1/payments/{id}"; for metrics.

  /// A parameter that the route names.
  const std::string& parameter(std::string_view name) const;
};

using RouteHandler = std::function<void(RoutedRequest, Responder)>;

/// Finds the handler of a method and path. Unknown paths are 404, known ones with another method 405 with Allow; HEAD is
/// served by GET's handler. Patterns are literal segments and {name} for one segment.
class Router {
 public:
  /// A pattern added twice for one method is a bug.
  void add(std::string_view method, std::string_view pattern, RouteHandler handler);
  void handle(HttpRequest request, Responder respond) const;

  /// Who serves a request.
  struct Found {
    const RouteHandler* handler = nullptr;
    std::string_view pattern;
    std::map<std::string, std::string, std::less<>> parameters;
    void serve(HttpRequest request, Responder respond) &&;
  };
  /// Or the answer, 404 or 405, where nobody does.
  std::variant<Found, HttpResponse> find(const HttpRequest& request) const;

  struct Route {
    std::string method;
    std::string pattern;
    std::vector<std::string> segments;
    RouteHandler handler;
  };
  /// In the order of adding: for documents and tests.
  const std::vector<Route>& routes() const { return routes_; }

 private:
  std::vector<Route> routes_;
};

/// Percent-decoding (RFC 3986 section 2.1); nullopt for a broken escape or a NUL.
std::optional<std::string> percent_decode(std::string_view text);
/// Everything but unreserved characters is escaped.
std::string percent_encode(std::string_view text);
/// application/x-www-form-urlencoded: '+' is a space. Nullopt when malformed; of several equal names the first wins nothing:
/// they are kept in order.
std::optional<std::vector<std::pair<std::string, std::string>>> parse_form(std::string_view text);

}  // namespace remit::net
