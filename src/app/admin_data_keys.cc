#include "app/admin_answers.h"
#include "app/admin_routes.h"

namespace remit::app {

struct RotateRequest {
  std::optional<std::string> client;
};
BOOST_DESCRIBE_STRUCT(RotateRequest, (), (client))

void AdminRoutes::add_data_keys(net::Router& router) {
  const auto tell = [this](const net::RoutedRequest& routed, std::string act, std::string whose,
                           const Result<std::size_t>& rotated, net::Responder respond) {
    if (!rotated) return refuse(std::move(respond), rotated.error());
    record_act(routed, std::move(act), std::move(whose),
               net::json_response(200, fmt::format(R"({{"owners":{}}})", *rotated)),
               std::move(respond));
  };
  router.add(
      "POST", "/admin/data-keys/rotate",
      [this, tell](const net::RoutedRequest& routed, net::Responder respond) {
        const auto asked = codec::from_json<RotateRequest>(routed.request.body);
        if (!asked) return refuse(std::move(respond), asked.error());
        codec::DirectoryKeyring& keyring = *server_.storage_.client_keys;
        if (!asked->client) {
          return tell(routed, "data_keys_rotated", "", keyring.rotate_all(), std::move(respond));
        }
        const auto client = TypeId::parse(*asked->client);
        if (!client || client->prefix() != clients::Client::kPrefix) {
          return refuse(std::move(respond),
                        fail(ErrorCode::InvalidArgument, "client_id_invalid",
                             "That is no client's id; `remit clients list` shows them.")
                            .error());
        }
        const bool known = std::ranges::any_of(
            server_.keys_.clients(), [&](const clients::Client& one) { return one.id == *client; });
        if (!known) {
          return refuse(std::move(respond),
                        fail(ErrorCode::NotFound, "client_not_found",
                             "No client has this id; `remit clients list` shows them.")
                            .error());
        }
        const Result<codec::Key> rotated = keyring.rotate(*client);
        if (!rotated) return refuse(std::move(respond), rotated.error());
        tell(routed, "data_key_rotated", client->to_string(), std::size_t{1}, std::move(respond));
      });
  router.add("POST", "/admin/master-key/rotate",
             [this, tell](const net::RoutedRequest& routed, net::Responder respond) {
               tell(routed, "master_key_rotated", "", server_.storage_.client_keys->rotate_master(),
                    std::move(respond));
             });
}

}  // namespace remit::app
