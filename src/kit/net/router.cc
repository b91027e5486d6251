#include "kit/net/router.h"

#include "kit/base/check.h"
#include "kit/net/problem.h"

#include <fmt/format.h>

#include <algorithm>

namespace remit::net {
namespace {

std::vector<std::string> split(std::string_view path) {
  std::vector<std::string> segments;
  while (!path.empty()) {
    path.remove_prefix(1);
    const std::size_t end = std::min(path.find('/'), path.size());
    segments.emplace_back(path.substr(0, end));
    path.remove_prefix(end);
  }
  return segments;
}

bool is_parameter(std::string_view segment) {
  return segment.starts_with('{') && segment.ends_with('}');
}

using Parameters = std::map<std::string, std::string, std::less<>>;

/// Nullopt: another path. A segment that does not decode matches nothing.
std::optional<Parameters> match(const Router::Route& route,
                                const std::vector<std::string>& segments) {
  if (route.segments.size() != segments.size()) return std::nullopt;
  Parameters parameters;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const std::string_view pattern = route.segments[i];
    if (!is_parameter(pattern)) {
      if (pattern != segments[i]) return std::nullopt;
      continue;
    }
    std::optional<std::string> value = percent_decode(segments[i]);
    if (!value || value->empty()) return std::nullopt;
    parameters.emplace(pattern.substr(1, pattern.size() - 2), std::move(*value));
  }
  return parameters;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

const std::string& RoutedRequest::parameter(std::string_view name) const {
  const auto found = parameters.find(name);
  CHECK(found != parameters.end(), "{} has no parameter {}", route, name);
  return found->second;
}

void Router::add(std::string_view method, std::string_view pattern, RouteHandler handler) {
  const bool twice = std::ranges::any_of(routes_, [&](const Route& route) {
    return route.method == method && route.pattern == pattern;
  });
  CHECK(!twice, "{} {} is routed twice", method, pattern);
  CHECK(pattern.starts_with('/'), "a route begins with a slash: {}", pattern);
  routes_.push_back(
      {std::string(method), std::string(pattern), split(pattern), std::move(handler)});
}

std::variant<Router::Found, HttpResponse> Router::find(const HttpRequest& request) const {
  const std::vector<std::string> segments = split(request.path);
  const std::string_view method =
      request.method == "HEAD" ? "GET" : std::string_view(request.method);
  std::string allow;
  for (const Route& route : routes_) {
    std::optional<Parameters> parameters = match(route, segments);
    if (!parameters) continue;
    if (route.method == method) return Found{&route.handler, route.pattern, *std::move(parameters)};
    allow += (allow.empty() ? "" : ", ") + route.method;
  }
  if (allow.empty()) {
    return to_response(
        {404, "route_not_found", fmt::format("Nothing is served at {}.", request.path), {}});
  }
  HttpResponse response = to_response(
      {405, "method_not_allowed", fmt::format("{} takes {}.", request.path, allow), {}});
  response.headers.add("Allow", allow);
  return response;
}

void Router::handle(HttpRequest request, Responder respond) const {
  std::variant<Found, HttpResponse> found = find(request);
  if (auto* nobody = std::get_if<HttpResponse>(&found)) return respond(std::move(*nobody));
  std::get<Found>(std::move(found)).serve(std::move(request), std::move(respond));
}

void Router::Found::serve(HttpRequest request, Responder respond) && {
  (*handler)({std::move(request), std::move(parameters), pattern}, std::move(respond));
}

std::optional<std::string> percent_decode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded.push_back(text[i]);
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = hex_digit(text[i + 1]);
    const int low = hex_digit(text[i + 2]);
    if (high < 0 || low < 0 || (high == 0 && low == 0)) return std::nullopt;
    decoded.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  return decoded;
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view kUnreserved =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  std::string encoded;
  for (const char c : text) {
    if (kUnreserved.contains(c)) {
      encoded.push_back(c);
    } else {
      encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return encoded;
}

std::optional<std::vector<std::pair<std::string, std::string>>> parse_form(std::string_view text) {
  constexpr std::size_t kFieldsMax = 100;
  std::vector<std::pair<std::string, std::string>> fields;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('&'), text.size());
    std::string field(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (field.empty()) continue;
    std::ranges::replace(field, '+', ' ');
    const std::size_t equals = std::min(field.find('='), field.size());
    std::optional<std::string> name = percent_decode(std::string_view(field).substr(0, equals));
    std::optional<std::string> value =
        equals == field.size() ? std::string()
                               : percent_decode(std::string_view(field).substr(equals + 1));
    if (!name || !value || fields.size() == kFieldsMax) return std::nullopt;
    fields.emplace_back(std::move(*name), std::move(*value));
  }
  return fields;
}

}  // namespace remit::net
