#include "lab/bank/registration_api.h"

#include "lab/bank/jws.h"
#include "lab/bank/uuid.h"

namespace remit::lab::bank {
namespace {

constexpr auto kTokenLifetime = std::chrono::hours(24 * 365);

Reply answer(int status, const json::object& document) {
  net::HttpResponse response;
  response.status = status;
  response.body = json::serialize(document);
  response.headers.set("Content-Type", "application/json");
  response.headers.set("Cache-Control", "no-store");
  return {std::move(response)};
}

Reply refused(const OauthError& error) {
  return answer(error.code == "invalid_client" ? 401 : 400,
                {{"error", error.code}, {"error_description", error.description}});
}

Reply bare(int status) {
  return {{status, {}, {}}};
}

Reply out_of_order(const Error& error) {
  return answer(500, {{"error", "server_error"}, {"error_description", error.message}});
}

/// What banks do to a registration beside granting it.
void bend(net::HttpResponse& response, Fault fault) {
  auto document = parse_json_object(response.body);
  if (!document || response.status >= 300) return;
  if (fault == Fault::Narrowed) {
    for (const std::string_view name :
         {"response_types", "application_type", "request_object_signing_alg"}) {
      document->erase(name);
    }
  } else if (fault == Fault::Weakened) {
    (*document)["id_token_signed_response_alg"] = "RS256";
  } else {
    return;
  }
  response.body = json::serialize(*document);
}

}  // namespace

void RegistrationApi::add_routes(const AddRoute& add) {
  const auto route = [&](std::string_view method, std::string_view pattern, Operation operation) {
    add(method, pattern,
        [this, operation](const net::RoutedRequest& routed) { return serve(routed, operation); });
  };
  route("POST", "/register", &RegistrationApi::create);
  route("GET", "/register/{ClientId}", &RegistrationApi::read);
  route("PUT", "/register/{ClientId}", &RegistrationApi::change);
  route("DELETE", "/register/{ClientId}", &RegistrationApi::remove);
}

Reply RegistrationApi::serve(const net::RoutedRequest& routed, Operation operation) {
  const Fault fault = parts_.faults.draw(Call::Registration, routed.request.path);
  if (fault == Fault::TimeoutBefore) return {{504, {}, {}}, Delivery::Never};
  if (fault == Fault::ServerErrorBefore) return bare(500);
  if (fault == Fault::TooManyRequests) {
    Reply reply = bare(429);
    reply.response.headers.set("Retry-After", "1");
    return reply;
  }
  Reply reply = (this->*operation)(routed);
  if (fault == Fault::ServerErrorAfter) return bare(500);
  bend(reply.response, fault);
  reply.delivery = delivery_of(fault);
  return reply;
}

bool RegistrationApi::has_media_type(const net::HttpRequest& request) const {
  const bool as_jwt = parts_.quirks.has(Quirk::RegistrationAsJwt);
  return request.headers.find("Content-Type") == (as_jwt ? "application/jwt" : "application/jose");
}

OauthAnswer<RegistrationRequest> RegistrationApi::admit(const net::HttpRequest& request) {
  const Timestamp now = parts_.clock.now();
  auto read = read_registration_request(request.body, request.peer, parts_.options, now);
  if (!read) return read;
  const std::int64_t past =
      numeric_date(now) -
      std::chrono::ceil<std::chrono::seconds>(parts_.options.clock_skew_max).count();
  std::erase_if(seen_, [&](const auto& item) { return item.second < past; });
  if (!seen_.emplace(read->id, read->expires).second) {
    return oauth_error("invalid_client_metadata", "jti was used before.");
  }
  return read;
}

Reply RegistrationApi::create(const net::RoutedRequest& routed) {
  if (!has_media_type(routed.request)) return bare(415);
  const auto request = admit(routed.request);
  if (!request) return refused(request.error());
  if (request->claims.contains("client_id")) {
    return refused({"invalid_client_metadata", "client_id is this bank's to give."});
  }
  RegisteredClient client =
      client_of(*request, routed.request.peer, make_uuid(parts_.entropy), parts_.clock.now());
  json::object metadata = client.metadata;
  const auto given = give_token(metadata, client);
  const auto kept = given ? keep(std::move(client)) : given;
  return kept ? answer(201, metadata) : out_of_order(kept.error());
}

Result<void> RegistrationApi::give_token(json::object& metadata, const RegisteredClient& client) {
  if (!parts_.quirks.has(Quirk::RegistrationTokens)) return {};
  const Timestamp now = parts_.clock.now();
  const std::string secret = parts_.access.make_secret();
  AccessToken token{client.client_id,
                    client.certificate_thumbprint,
                    std::string(kRegistrationScope),
                    {},
                    now + kTokenLifetime};
  const std::string hash = Access::hash_of(secret);
  if (auto logged = parts_.payments.log_token(hash, token); !logged) return logged;
  parts_.access.keep_token(hash, std::move(token), now);
  metadata["registration_access_token"] = secret;
  metadata["registration_client_uri"] =
      fmt::format("{}/register/{}", parts_.options.issuer, client.client_id);
  return {};
}

Result<void> RegistrationApi::keep(RegisteredClient client) {
  if (auto logged = parts_.payments.log_record("client", to_json(client)); !logged) return logged;
  parts_.clients.keep(std::move(client));
  return {};
}

std::optional<Caller> RegistrationApi::owner(const net::RoutedRequest& routed) {
  const auto caller = authorise(parts_, routed.request, Grant::Registration);
  if (!caller) return std::nullopt;
  if (caller->client->client_id == routed.parameter("ClientId")) return *caller;
  // The standard's answer to somebody who asks for another's. Where it cannot be written, the token stays.
  static_cast<void>(spend_token(routed.request, *caller->token));
  return std::nullopt;
}

Result<void> RegistrationApi::spend_token(const net::HttpRequest& request, AccessToken token) {
  const Timestamp now = parts_.clock.now();
  token.expires = now;
  const std::string_view header = request.headers.find("Authorization").value_or("");
  const std::string hash = Access::hash_of(header.substr(header.find(' ') + 1));
  if (auto logged = parts_.payments.log_token(hash, token); !logged) return logged;
  parts_.access.keep_token(hash, std::move(token), now);
  return {};
}

Reply RegistrationApi::read(const net::RoutedRequest& routed) {
  const auto caller = owner(routed);
  if (!caller) return bare(401);
  json::object metadata = caller->client->metadata;
  if (!parts_.quirks.has(Quirk::RegistrationTokens) ||
      !parts_.quirks.has(Quirk::RenewedRegistrationTokens)) {
    return answer(200, metadata);
  }
  const auto spent = spend_token(routed.request, *caller->token);
  const auto given = spent ? give_token(metadata, *caller->client) : spent;
  return given ? answer(200, metadata) : out_of_order(given.error());
}

Reply RegistrationApi::change(const net::RoutedRequest& routed) {
  const auto caller = owner(routed);
  if (!caller) return bare(401);
  const RegisteredClient* client = caller->client;
  if (!has_media_type(routed.request)) return bare(415);
  const auto request = admit(routed.request);
  if (!request) return refused(request.error());
  if (find_text(request->claims, "client_id") != client->client_id) {
    return refused({"invalid_client_metadata", "client_id is not that of the path."});
  }
  if (find_text(request->claims, "software_id") != find_text(client->metadata, "software_id")) {
    return refused({"invalid_client_metadata", "A client stays with its software."});
  }
  RegisteredClient changed =
      client_of(*request, routed.request.peer, client->client_id, parts_.clock.now());
  changed.metadata["client_id_issued_at"] = client->metadata.at("client_id_issued_at");
  const json::object metadata = changed.metadata;
  const auto kept = keep(std::move(changed));
  return kept ? answer(200, metadata) : out_of_order(kept.error());
}

Reply RegistrationApi::remove(const net::RoutedRequest& routed) {
  const auto caller = owner(routed);
  if (!caller) return bare(401);
  const std::string id = caller->client->client_id;
  if (const auto logged = parts_.payments.log_record("client_removed", {{"client_id", id}});
      !logged) {
    return out_of_order(logged.error());
  }
  parts_.clients.remove(id);
  return bare(204);
}

}  // namespace remit::lab::bank
