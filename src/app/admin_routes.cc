#include "app/admin_routes.h"

#include "app/admin_answers.h"
#include "app/operator.h"
#include "kit/engine/dump.h"
#include "pay/operators/act.h"

namespace remit::app {

void AdminRoutes::add(net::Router& router) {
  router.add("GET", "/admin/status", [this](net::RoutedRequest, net::Responder respond) {
    std::vector<std::string> partitions;
    for (const auto& engine : server_.engines_->all()) {
      const engine::EngineStats stats = engine->stats();
      partitions.push_back(fmt::format(
          R"({{"partition":{},"position":{},"commits":{},"commands_waiting":{},"entities_in_memory":{},"timers_waiting":{}}})",
          engine->partition().value, stats.head.position.value, stats.commits,
          stats.commands_waiting, stats.entities_in_memory, stats.timers_waiting));
    }
    respond(net::json_response(
        200, fmt::format(R"({{"url":"{}","banks":{},"partitions":[{}]}})", server_.url(),
                         codec::to_json(server_.banks_.names()), fmt::join(partitions, ","))));
  });
  router.add(
      "GET", "/admin/journal", [this](const net::RoutedRequest& routed, net::Responder respond) {
        const auto query = api::Query::parse(routed.request.query, {"partition", "from"});
        if (!query) return refuse(std::move(respond), query.error());
        const auto number = [&](std::string_view name) {
          return std::strtoull(std::string(query->find(name).value_or("1")).c_str(), nullptr, 10);
        };
        const auto events = server_.storage_.journal->read(
            journal::PartitionId(number("partition")), journal::Position(number("from")), {});
        if (!events) return refuse(std::move(respond), events.error());
        net::HttpResponse response;
        response.headers.add("Content-Type", "application/x-ndjson");
        for (const journal::Event& event : *events) {
          response.body += engine::dump_event(server_.registry_, event) + "\n";
        }
        respond(std::move(response));
      });
  add_flows(router);
  add_dead_letters(router);
  add_payments(router);
  add_clients(router);
  add_backup(router);
  add_data_keys(router);
  add_audit(router);
  add_approvals(router);
}

engine::CommandContext AdminRoutes::context_of(const net::RoutedRequest& routed) {
  const std::optional<std::uint32_t> user = routed.request.peer.local_user;
  CHECK(user.has_value(), "an admin request that came over no local socket");
  engine::CommandContext context;
  context.command = server_.gateway_->make_id("cmd");
  context.actor = actor_of_user(*user);
  return context;
}

void AdminRoutes::record_act(const net::RoutedRequest& routed, std::string what, std::string detail,
                             net::HttpResponse response, net::Responder respond) {
  server_.engines_->system().submit(
      context_of(routed),
      operators::RecordAct{server_.gateway_->make_id(operators::Act::kPrefix), std::move(what),
                           std::move(detail)},
      [response = std::move(response),
       respond = std::move(respond)](Result<engine::Answered> answer) mutable {
        respond(answer ? std::move(response) : net::problem_response(answer.error()));
      });
}

void AdminRoutes::list(net::Responder respond,
                       std::move_only_function<Result<std::string>(sqlite::Database&)> look) {
  PartitionFlows& flows = *server_.flows_.front();
  const flow::Cursor now(clients_engine().stats().head.position.value);
  auto answer = std::make_shared<net::Responder>(std::move(respond));
  flows.read_model().when_reached(
      now, api::kMinPositionPatience, [&flows, answer, look = std::move(look)](bool) mutable {
        // Behind or not: an operator sees what there is.
        const bool asked =
            flows.queries().ask([answer, look = std::move(look)](sqlite::Database& rows) mutable {
              Result<std::string> body = look(rows);
              (*answer)(body ? net::json_response(200, std::move(*body))
                             : net::problem_response(body.error()));
            });
        if (!asked) {
          refuse(std::move(*answer), {ErrorCode::Unavailable,
                                      "overloaded",
                                      "Too many lists are asked for; try again.",
                                      {},
                                      nullptr});
        }
      });
}

}  // namespace remit::app
