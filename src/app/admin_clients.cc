#include "app/admin_answers.h"
#include "app/admin_routes.h"
#include "pay/clients/client.h"

namespace remit::app {

struct NewClientRequest {
  std::string name;
};
BOOST_DESCRIBE_STRUCT(NewClientRequest, (), (name))

struct RotateKeyRequest {
  std::optional<Duration> grace;  ///< A day by default.
  std::optional<Timestamp> expires_at;
};
BOOST_DESCRIBE_STRUCT(RotateKeyRequest, (), (grace, expires_at))

struct LimitRequest {
  std::optional<api::RateLimit> limit;  ///< Left out: the default again.
};
BOOST_DESCRIBE_STRUCT(LimitRequest, (), (limit))

struct NewKeyRequest {
  std::optional<bool> live;
  std::optional<std::vector<api::Scope>> scopes;  ///< All by default.
  std::optional<Timestamp> expires_at;
};
BOOST_DESCRIBE_STRUCT(NewKeyRequest, (), (live, scopes, expires_at))

/// A key as operators see it: never its hash.
struct ApiKeyResource {
  TypeId id;
  clients::KeyMode mode = clients::KeyMode::Test;
  std::vector<api::Scope> scopes;
  Timestamp created_at;
  std::optional<Timestamp> expires_at;
  bool revoked = false;
  std::optional<TypeId> replaced_by;
  std::optional<api::RateLimit> limit;
  std::optional<Timestamp> last_used_at;  ///< Since the server started.
};
BOOST_DESCRIBE_STRUCT(ApiKeyResource, (),
                      (id, mode, scopes, created_at, expires_at, revoked, replaced_by, limit,
                       last_used_at))

namespace {

constexpr Duration kGrace = std::chrono::hours(24);

std::string to_json(const clients::ApiKeyText& key) {
  return fmt::format(R"({{"id":"{}","key":"{}"}})", key.id.to_string(),
                     clients::print_api_key(key));
}

ApiKeyResource to_resource(const clients::ApiKey& key, std::optional<Timestamp> last_used) {
  ApiKeyResource resource{.id = key.id,
                          .mode = key.mode,
                          .scopes = key.scopes,
                          .created_at = key.created_at,
                          .revoked = key.revoked,
                          .limit = key.limit,
                          .last_used_at = last_used};
  if (!key.replaced_by.empty()) resource.replaced_by = key.replaced_by;
  if (key.expires_at != Timestamp()) resource.expires_at = key.expires_at;
  return resource;
}

}  // namespace

void AdminRoutes::add_clients(net::Router& router) {
  router.add("GET", "/admin/clients", [this](net::RoutedRequest, net::Responder respond) {
    std::vector<std::string> items;
    for (const clients::Client& client : server_.keys_.clients()) {
      items.push_back(codec::to_json(client));
    }
    respond(net::json_response(200, api::render_page(items, {})));
  });
  router.add("GET", "/admin/clients/{id}/keys",
             [this](const net::RoutedRequest& routed, net::Responder respond) {
               const auto id = id_in(routed, clients::Client::kPrefix);
               if (!id) return refuse(std::move(respond), id.error());
               std::vector<std::string> items;
               for (const clients::ApiKey& key : server_.keys_.keys_of(*id)) {
                 items.push_back(codec::to_json(to_resource(key, server_.keys_.last_used(key.id))));
               }
               respond(net::json_response(200, api::render_page(items, {})));
             });
  const auto set_status = [this, &router](std::string_view verb, clients::ClientStatus status) {
    router.add("POST", fmt::format("/admin/clients/{{id}}/{}", verb),
               [this, status](const net::RoutedRequest& routed, net::Responder respond) {
                 const auto id = id_in(routed, clients::Client::kPrefix);
                 if (!id) return refuse(std::move(respond), id.error());
                 change_keys(routed, clients::SetClientStatus{*id, status}, 200,
                             fmt::format(R"({{"id":"{}"}})", id->to_string()), std::move(respond));
               });
  };
  set_status("suspend", clients::ClientStatus::Suspended);
  set_status("activate", clients::ClientStatus::Active);
  router.add(
      "POST", "/admin/clients", [this](const net::RoutedRequest& routed, net::Responder respond) {
        const auto asked = codec::from_json<NewClientRequest>(routed.request.body);
        if (!asked) return refuse(std::move(respond), asked.error());
        execute(
            routed, server_.engines_->system(),
            clients::CreateClient{server_.gateway_->make_id(clients::Client::kPrefix), asked->name},
            std::move(respond));
      });
  router.add("POST", "/admin/clients/{id}/keys",
             [this](const net::RoutedRequest& routed, net::Responder respond) {
               const auto id = id_in(routed, clients::Client::kPrefix);
               if (!id) return refuse(std::move(respond), id.error());
               const auto asked = codec::from_json<NewKeyRequest>(routed.request.body);
               if (!asked) return refuse(std::move(respond), asked.error());
               const clients::ApiKeyText key = clients::make_api_key(
                   asked->live.value_or(false) ? clients::KeyMode::Live : clients::KeyMode::Test,
                   server_.gateway_->make_id(clients::ApiKey::kPrefix), server_.ports_.entropy);
               clients::CreateApiKey command{
                   .id = key.id,
                   .client = *id,
                   .mode = key.mode,
                   .secret_hash = clients::hash_api_key(key),
                   .scopes = asked->scopes.value_or(std::vector<api::Scope>{}),
                   .expires_at = asked->expires_at.value_or(Timestamp())};
               if (!asked->scopes) {
                 command.scopes = {api::Scope::PaymentsRead,  api::Scope::PaymentsWrite,
                                   api::Scope::LedgerRead,    api::Scope::LedgerWrite,
                                   api::Scope::EventsRead,    api::Scope::WebhooksRead,
                                   api::Scope::WebhooksWrite, api::Scope::PayoutsWrite};
               }
               change_keys(routed, std::move(command), 201, to_json(key), std::move(respond));
             });
  add_keys(router);
}

void AdminRoutes::add_keys(net::Router& router) {
  router.add("POST", "/admin/keys/{id}/revoke",
             [this](const net::RoutedRequest& routed, net::Responder respond) {
               const auto id = id_in(routed, clients::ApiKey::kPrefix);
               if (!id) return refuse(std::move(respond), id.error());
               change_keys(routed, clients::RevokeApiKey{*id}, 200,
                           fmt::format(R"({{"id":"{}","revoked":true}})", id->to_string()),
                           std::move(respond));
             });
  router.add(
      "POST", "/admin/keys/{id}/rotate",
      [this](const net::RoutedRequest& routed, net::Responder respond) {
        const auto id = id_in(routed, clients::ApiKey::kPrefix);
        if (!id) return refuse(std::move(respond), id.error());
        const auto asked = codec::from_json<RotateKeyRequest>(routed.request.body);
        if (!asked) return refuse(std::move(respond), asked.error());
        const auto old = server_.keys_.find(*id);
        if (!old) return refuse(std::move(respond), clients::api_key_not_found(*id));
        const clients::ApiKeyText key = clients::make_api_key(
            old->mode, server_.gateway_->make_id(clients::ApiKey::kPrefix), server_.ports_.entropy);
        change_keys(routed,
                    clients::RotateApiKey{.id = *id,
                                          .new_id = key.id,
                                          .secret_hash = clients::hash_api_key(key),
                                          .grace = asked->grace.value_or(kGrace),
                                          .expires_at = asked->expires_at.value_or(Timestamp())},
                    201, to_json(key), std::move(respond));
      });
  const auto set_limit = [this](const net::RoutedRequest& routed, std::string_view prefix,
                                net::Responder respond) {
    const auto id = id_in(routed, prefix);
    if (!id) return refuse(std::move(respond), id.error());
    const auto asked = codec::from_json<LimitRequest>(routed.request.body);
    if (!asked) return refuse(std::move(respond), asked.error());
    change_keys(routed, clients::SetLimit{*id, asked->limit}, 200,
                fmt::format(R"({{"id":"{}"}})", id->to_string()), std::move(respond));
  };
  router.add("POST", "/admin/clients/{id}/limit",
             [set_limit](const net::RoutedRequest& routed, net::Responder respond) {
               set_limit(routed, clients::Client::kPrefix, std::move(respond));
             });
  router.add("POST", "/admin/keys/{id}/limit",
             [set_limit](const net::RoutedRequest& routed, net::Responder respond) {
               set_limit(routed, clients::ApiKey::kPrefix, std::move(respond));
             });
}

}  // namespace remit::app
