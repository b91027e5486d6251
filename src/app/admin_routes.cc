#include "app/admin_routes.h"

#include "kit/base/codec/json.h"
#include "kit/engine/dump.h"
#include "kit/flow/commands.h"
#include "kit/flow/dead_letter_tables.h"
#include "pay/clients/client.h"
#include "pay/payments/commands.h"
#include "pay/payments/endpoints/payment_resource.h"
#include "pay/payments/read_tables.h"

namespace remit::app {

struct BecauseRequest {
  std::string because;
};
BOOST_DESCRIBE_STRUCT(BecauseRequest, (), (because))

struct ThrottleRequest {
  std::uint32_t records_per_second_max = 0;
};
BOOST_DESCRIBE_STRUCT(ThrottleRequest, (), (records_per_second_max))

struct ResolveRequest {
  bool executed = false;
  std::optional<std::string> bank_payment_id;
  std::string evidence;
};
BOOST_DESCRIBE_STRUCT(ResolveRequest, (), (executed, bank_payment_id, evidence))

struct NewClientRequest {
  std::string name;
};
BOOST_DESCRIBE_STRUCT(NewClientRequest, (), (name))

struct NewKeyRequest {
  std::optional<bool> live;
  std::optional<std::vector<api::Scope>> scopes;  ///< All by default.
  std::optional<Timestamp> expires_at;
};
BOOST_DESCRIBE_STRUCT(NewKeyRequest, (), (live, scopes, expires_at))

namespace {

void refuse(net::Responder respond, const Error& error) {
  respond(net::problem_response(error));
}

std::string to_json(const flow::FlowStatus& status) {
  return fmt::format(
      R"({{"name":"{}","derived":{},"paused":{},"records_per_second_max":{},"checkpoint":{},"end":{},)"
      R"("lag_records":{},"lag_seconds":{:.3f},"in_flight":{},"keys_in_trouble":{},"records_finished":{},)"
      R"("retries":{},"dead_letters":{},"trouble":{}}})",
      status.name, status.derived, status.paused, status.records_per_second_max,
      status.checkpoint.value, status.end.value, status.lag_records,
      std::chrono::duration<double>(status.lag).count(), status.in_flight, status.keys_in_trouble,
      status.records_finished, status.retries, status.dead_letters, codec::to_json(status.trouble));
}

Result<TypeId> id_in(const net::RoutedRequest& routed, std::string_view prefix) {
  const std::optional<TypeId> id = TypeId::parse(routed.parameter("id"));
  if (!id || id->prefix() != prefix) {
    return fail(ErrorCode::InvalidArgument, "id_invalid",
                fmt::format("{} is no id of the form {}_...", routed.parameter("id"), prefix),
                "id");
  }
  return *id;
}

template <codec::DescribedEnum E>
Result<std::optional<E>> enumerator_in(const api::Query& query, std::string_view name) {
  const auto text = query.find(name);
  if (!text) return std::optional<E>();
  std::optional<E> found;
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<E>>([&](auto one) {
    if (codec::json_name(one.value) == *text) found = one.value;
  });
  if (!found) {
    return fail(ErrorCode::InvalidArgument, "value_unknown",
                fmt::format("{} cannot be '{}'.", name, *text), std::string(name));
  }
  return found;
}

}  // namespace

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

void AdminRoutes::add_flows(net::Router& router) {
  router.add("GET", "/admin/flows", [this](net::RoutedRequest, net::Responder respond) {
    std::vector<std::string> lines;
    for (const auto& flows : server_.flows_) {
      for (const FlowControl& control : flows->controls())
        lines.push_back(to_json(control.status()));
    }
    respond(net::json_response(200, fmt::format(R"({{"data":[{}]}})", fmt::join(lines, ","))));
  });
  router.add("POST", "/admin/flows/{name}/{verb}",
             [this](const net::RoutedRequest& routed, net::Responder respond) {
               const std::string& name = routed.parameter("name");
               const std::string& verb = routed.parameter("verb");
               const FlowControl* control = nullptr;
               for (const FlowControl& one : server_.flows_.front()->controls()) {
                 if (one.status().name == name) control = &one;
               }
               if (control == nullptr) {
                 return refuse(
                     std::move(respond),
                     fail(ErrorCode::NotFound, "flow_not_found",
                          fmt::format("There is no flow {}; `remit flows list` names them.", name))
                         .error());
               }
               if (verb == "pause" || verb == "resume") {
                 control->set_paused(verb == "pause");
                 return execute(clients_engine(), flow::PauseFlow{name, verb == "pause"},
                                std::move(respond));
               }
               if (verb == "throttle" && control->set_throttle) {
                 const auto asked = codec::from_json<ThrottleRequest>(routed.request.body);
                 if (!asked) return refuse(std::move(respond), asked.error());
                 control->set_throttle(asked->records_per_second_max);
                 return execute(clients_engine(),
                                flow::ThrottleFlow{name, asked->records_per_second_max},
                                std::move(respond));
               }
               if (verb == "rebuild" && control->rebuild) {
                 control->rebuild();
                 return respond(net::json_response(200, "{}"));
               }
               refuse(std::move(respond), fail(ErrorCode::InvalidArgument, "verb_unknown",
                                               fmt::format("{} cannot be done to {}.", verb, name))
                                              .error());
             });
}

void AdminRoutes::add_dead_letters(net::Router& router) {
  router.add("GET", "/admin/deadletters",
             [this](const net::RoutedRequest& routed, net::Responder respond) {
               flow::DeadLetterFilter filter;
               const auto query = api::Query::parse(routed.request.query, {"status", "flow"});
               if (!query) return refuse(std::move(respond), query.error());
               const auto status = enumerator_in<flow::DeadLetterStatus>(*query, "status");
               if (!status) return refuse(std::move(respond), status.error());
               filter.status = *status;
               if (const auto name = query->find("flow")) filter.flow = std::string(*name);
               list(std::move(respond), [filter](sqlite::Database& rows) -> Result<std::string> {
                 std::vector<std::string> letters;
                 for (const flow::DeadLetter& letter : TRY(flow::list_dead_letters(rows, filter))) {
                   letters.push_back(codec::to_json(letter));
                 }
                 return api::render_page(letters, std::nullopt);
               });
             });
  router.add("GET", "/admin/deadletters/{id}",
             [this](const net::RoutedRequest& routed, net::Responder respond) {
               const auto id = id_in(routed, flow::DeadLetter::kPrefix);
               if (!id) return refuse(std::move(respond), id.error());
               list(std::move(respond), [id = *id](sqlite::Database& rows) -> Result<std::string> {
                 const auto letter = TRY(flow::find_state<flow::DeadLetter>(rows, id));
                 if (!letter) {
                   return fail(
                       ErrorCode::NotFound, "dead_letter_not_found",
                       "There is no such dead letter; `remit deadletters list` names them.");
                 }
                 return codec::to_json(*letter);
               });
             });
  const auto close = [this, &router]<class C>(std::string_view pattern, C) {
    router.add("POST", pattern, [this](const net::RoutedRequest& routed, net::Responder respond) {
      const auto id = id_in(routed, flow::DeadLetter::kPrefix);
      if (!id) return refuse(std::move(respond), id.error());
      const auto asked = codec::from_json<BecauseRequest>(routed.request.body);
      if (!asked) return refuse(std::move(respond), asked.error());
      execute(clients_engine(), C{*id, asked->because}, std::move(respond));
    });
  };
  close("/admin/deadletters/{id}/redrive", flow::RedriveDeadLetter{});
  close("/admin/deadletters/{id}/discard", flow::DiscardDeadLetter{});
}

void AdminRoutes::add_payments(net::Router& router) {
  router.add(
      "GET", "/admin/payments", [this](const net::RoutedRequest& routed, net::Responder respond) {
        const auto query = api::Query::parse(routed.request.query,
                                             {"status", "needs_operator", "limit", "cursor"});
        if (!query) return refuse(std::move(respond), query.error());
        const auto state = enumerator_in<payments::PaymentState>(*query, "status");
        const auto limit = query->limit();
        const auto cursor = query->cursor();
        if (!state) return refuse(std::move(respond), state.error());
        if (!limit) return refuse(std::move(respond), limit.error());
        if (!cursor) return refuse(std::move(respond), cursor.error());
        payments::PaymentFilter filter{.state = *state,
                                       .needs_operator = query->find("needs_operator") == "true",
                                       .rows_max = *limit};
        if (*cursor) filter.before = (*cursor)->second;
        list(std::move(respond), [this, filter](sqlite::Database& rows) -> Result<std::string> {
          const payments::PaymentPage page = TRY(payments::list_payments(rows, filter));
          std::vector<std::string> items;
          items.reserve(page.payments.size());
          for (const payments::Payment& payment : page.payments) {
            items.push_back(codec::to_json(payments::to_resource(payment, server_.sealer_)));
          }
          return api::render_page(items, page.next_cursor);
        });
      });
  router.add("GET", "/admin/payments/{id}",
             [this](const net::RoutedRequest& routed, net::Responder respond) {
               const auto id = id_in(routed, payments::Payment::kPrefix);
               if (!id) return refuse(std::move(respond), id.error());
               list(std::move(respond),
                    [this, id = *id](sqlite::Database& rows) -> Result<std::string> {
                      const auto payment = TRY(flow::find_state<payments::Payment>(rows, id));
                      if (!payment) {
                        return fail(ErrorCode::NotFound, "payment_not_found",
                                    "There is no such payment; check the id.");
                      }
                      return codec::to_json(payments::to_resource(*payment, server_.sealer_));
                    });
             });
  router.add("POST", "/admin/payments/{id}/resolve",
             [this](const net::RoutedRequest& routed, net::Responder respond) {
               const auto id = id_in(routed, payments::Payment::kPrefix);
               if (!id) return refuse(std::move(respond), id.error());
               const auto asked = codec::from_json<ResolveRequest>(routed.request.body);
               if (!asked) return refuse(std::move(respond), asked.error());
               execute(
                   clients_engine(),
                   payments::ResolvePayment{.id = *id,
                                            .executed = asked->executed,
                                            .bank_payment_id = asked->bank_payment_id.value_or(""),
                                            .evidence = asked->evidence},
                   std::move(respond));
             });
}

void AdminRoutes::add_clients(net::Router& router) {
  router.add(
      "POST", "/admin/clients", [this](const net::RoutedRequest& routed, net::Responder respond) {
        const auto asked = codec::from_json<NewClientRequest>(routed.request.body);
        if (!asked) return refuse(std::move(respond), asked.error());
        execute(
            server_.engines_->system(),
            clients::CreateClient{server_.gateway_->make_id(clients::Client::kPrefix), asked->name},
            std::move(respond));
      });
  router.add(
      "POST", "/admin/clients/{id}/keys",
      [this](const net::RoutedRequest& routed, net::Responder respond) {
        const auto id = id_in(routed, clients::Client::kPrefix);
        if (!id) return refuse(std::move(respond), id.error());
        const auto asked = codec::from_json<NewKeyRequest>(routed.request.body);
        if (!asked) return refuse(std::move(respond), asked.error());
        const clients::ApiKeyText key = clients::make_api_key(
            asked->live.value_or(false) ? clients::KeyMode::Live : clients::KeyMode::Test,
            server_.gateway_->make_id(clients::ApiKey::kPrefix), server_.ports_.entropy);
        clients::CreateApiKey command{.id = key.id,
                                      .client = *id,
                                      .mode = key.mode,
                                      .secret_hash = clients::hash_api_key(key),
                                      .scopes = asked->scopes.value_or(std::vector<api::Scope>{}),
                                      .expires_at = asked->expires_at.value_or(Timestamp())};
        if (!asked->scopes) {
          command.scopes = {api::Scope::PaymentsRead, api::Scope::PaymentsWrite,
                            api::Scope::LedgerRead, api::Scope::LedgerWrite,
                            api::Scope::EventsRead};
        }
        engine::CommandContext context;
        context.command = server_.gateway_->make_id("cmd");
        server_.engines_->system().submit(
            std::move(context), std::move(command),
            [this, respond = std::move(respond), text = clients::print_api_key(key),
             id = key.id](Result<engine::Answered> answer) mutable {
              if (!answer) return refuse(std::move(respond), answer.error());
              // Whoever is told of the key may use it at once.
              server_.key_follower_.catch_up([respond = std::move(respond), text, id]() mutable {
                respond(net::json_response(
                    201, fmt::format(R"({{"id":"{}","key":"{}"}})", id.to_string(), text)));
              });
            });
      });
  router.add("POST", "/admin/keys/{id}/revoke",
             [this](const net::RoutedRequest& routed, net::Responder respond) {
               const auto id = id_in(routed, clients::ApiKey::kPrefix);
               if (!id) return refuse(std::move(respond), id.error());
               engine::CommandContext context;
               context.command = server_.gateway_->make_id("cmd");
               server_.engines_->system().submit(
                   std::move(context), clients::RevokeApiKey{*id},
                   [this, respond = std::move(respond),
                    id = *id](Result<engine::Answered> answer) mutable {
                     if (!answer) return refuse(std::move(respond), answer.error());
                     // Whoever is told that it is closed finds it closed.
                     server_.key_follower_.catch_up([respond = std::move(respond), id]() mutable {
                       respond(net::json_response(
                           200, fmt::format(R"({{"id":"{}","revoked":true}})", id.to_string())));
                     });
                   });
             });
}

}  // namespace remit::app
