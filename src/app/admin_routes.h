#pragma once

#include "app/server.h"
#include "kit/net/router.h"
#include "pay/operators/approval.h"

namespace remit::app {

/// What operators ask of a running server over its local socket, which the kernel opens to its own user and operators. JSON
/// both ways; `remit flows`, `deadletters`, `payments` and `clients` are thin users of it.
///
///   GET  /admin/status                      GET /admin/journal?partition=&from=
///   GET  /admin/audit?partition=&from=&since=&by=&client=
///   GET  /admin/backup (the last one)       POST /admin/backup (begins one)
///   GET  /admin/flows                       POST /admin/flows/{name}/pause | resume | throttle | rebuild
///   GET  /admin/troubles (keys that flows could not finish yet)
///   GET  /admin/deadletters?status=&flow=   GET /admin/deadletters/{id}   POST .../{id}/redrive | discard
///   GET  /admin/payments?status=&needs_operator=   GET /admin/payments/{id}   POST .../{id}/reveal | resolve
///   GET  /admin/approvals?status=           GET /admin/approvals/{id}   POST .../{id}/approve | reject
///   GET, POST /admin/clients                GET, POST /admin/clients/{id}/keys
///   POST /admin/data-keys/rotate            POST /admin/master-key/rotate
///   POST /admin/clients/{id}/suspend | activate | limit   POST /admin/keys/{id}/revoke | rotate | limit
class AdminRoutes {
 public:
  explicit AdminRoutes(Server& server) : server_(server) {}
  void add(net::Router& router);

 private:
  void add_flows(net::Router& router);
  void add_dead_letters(net::Router& router);
  void add_payments(net::Router& router);
  void add_clients(net::Router& router);
  void add_keys(net::Router& router);
  void add_backup(net::Router& router);
  void add_data_keys(net::Router& router);
  void add_audit(net::Router& router);
  void add_approvals(net::Router& router);
  Result<std::string> audit(const net::RoutedRequest& routed);
  std::optional<TypeId> client_of(journal::PartitionId partition, const journal::Event& event);
  /// Does what moves money: at once with 200, or with 202 by asking for a second person where four eyes are wanted.
  void perform(const net::RoutedRequest& routed, operators::MoneyAct act, net::Responder respond);
  /// Journals what changes nothing itself, and answers with `response` when that is durable.
  void record_act(const net::RoutedRequest& routed, std::string what, std::string detail,
                  net::HttpResponse response, net::Responder respond);

  /// Of a command by the person at the other end of the socket, whom the kernel names (SO_PEERCRED).
  engine::CommandContext context_of(const net::RoutedRequest& routed);
  /// Submits to the engine and answers with the JSON of what it says.
  template <engine::Command C>
  void execute(const net::RoutedRequest& routed, engine::Engine& engine, C command,
               net::Responder respond) {
    execute(routed, engine, std::move(command), std::move(respond),
            [](const typename C::Answer& answer) {
              return net::json_response(200, codec::to_json(answer));
            });
  }
  /// The same with an answer of one's own.
  template <engine::Command C>
  void execute(const net::RoutedRequest& routed, engine::Engine& engine, C command,
               net::Responder respond, auto to_response) {
    engine.submit(context_of(routed), std::move(command),
                  [to_response = std::move(to_response),
                   respond = std::move(respond)](Result<engine::Answered> answer) mutable {
                    if (!answer) return respond(net::problem_response(answer.error()));
                    const auto decoded = codec::decode<typename C::Answer>(answer->body);
                    CHECK(decoded.has_value(), "{}", decoded.error().describe());
                    respond(to_response(*decoded));
                  });
  }
  /// Submits to the system's engine and answers with `body` once the table of keys has seen it: whoever is told of a key may
  /// use it at once, and whoever is told that it is closed finds it closed.
  template <engine::Command C>
  void change_keys(const net::RoutedRequest& routed, C command, int status, std::string body,
                   net::Responder respond) {
    server_.engines_->system().submit(
        context_of(routed), std::move(command),
        [this, status, body = std::move(body),
         respond = std::move(respond)](Result<engine::Answered> answer) mutable {
          if (!answer) return respond(net::problem_response(answer.error()));
          server_.key_follower_.catch_up(
              [status, body = std::move(body), respond = std::move(respond)]() mutable {
                respond(net::json_response(status, std::move(body)));
              });
        });
  }
  /// Answers from the read model once it holds everything that is durable now.
  void list(net::Responder respond,
            std::move_only_function<Result<std::string>(sqlite::Database&)> look);
  engine::Engine& clients_engine() { return *server_.engines_->all().at(1); }

  Server& server_;
};

}  // namespace remit::app
