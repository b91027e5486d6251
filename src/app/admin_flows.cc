#include "app/admin_answers.h"
#include "app/admin_routes.h"
#include "kit/flow/commands.h"
#include "kit/flow/dead_letter_tables.h"

namespace remit::app {

struct BecauseRequest {
  std::string because;
};
BOOST_DESCRIBE_STRUCT(BecauseRequest, (), (because))

struct ThrottleRequest {
  std::uint32_t records_per_second_max = 0;
};
BOOST_DESCRIBE_STRUCT(ThrottleRequest, (), (records_per_second_max))

/// A key that a flow could not finish yet.
struct TroubleResource {
  std::string flow;
  std::string key;
  flow::LaneStatus status = flow::LaneStatus::Retrying;
  std::uint32_t attempts = 0;
  Timestamp due;
  std::string cause;
};
BOOST_DESCRIBE_STRUCT(TroubleResource, (), (flow, key, status, attempts, due, cause))

namespace {

constexpr std::size_t kTroublesShownMax = 1000;

void add_troubles(std::vector<std::string>& lines, const flow::FlowState& state) {
  for (const auto& [key, lane] : state.lanes) {
    if (lines.size() == kTroublesShownMax) return;
    lines.push_back(codec::to_json(
        TroubleResource{state.name, key, lane.status, lane.attempts, lane.due, lane.cause}));
  }
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

}  // namespace

void AdminRoutes::add_flows(net::Router& router) {
  router.add("GET", "/admin/flows", [this](net::RoutedRequest, net::Responder respond) {
    std::vector<std::string> lines;
    for (const auto& flows : server_.flows_) {
      for (const FlowControl& control : flows->controls())
        lines.push_back(to_json(control.status()));
    }
    respond(net::json_response(200, fmt::format(R"({{"data":[{}]}})", fmt::join(lines, ","))));
  });
  router.add("GET", "/admin/troubles", [this](net::RoutedRequest, net::Responder respond) {
    std::vector<std::string> names;
    for (const FlowControl& control : server_.flows_.front()->controls()) {
      names.push_back(control.status().name);
    }
    auto lines = std::make_shared<std::vector<std::string>>();
    clients_engine().query(
        [names = std::move(names), lines](engine::ReadView& view) {
          for (const std::string& name : names) {
            const auto* state = view.find<flow::FlowState>(flow::flow_id(name));
            if (state != nullptr) add_troubles(*lines, *state);
          }
        },
        [lines, respond = std::move(respond)](Result<engine::Position> position) mutable {
          if (!position) return refuse(std::move(respond), position.error());
          respond(
              net::json_response(200, fmt::format(R"({{"data":[{}]}})", fmt::join(*lines, ","))));
        });
  });
  router.add("POST", "/admin/flows/{name}/{verb}",
             [this](const net::RoutedRequest& routed, net::Responder respond) {
               const std::string& name = routed.parameter("name");
               const std::string& verb = routed.parameter("verb");
               std::optional<FlowControl> control;
               for (FlowControl& one : server_.flows_.front()->controls()) {
                 if (one.status().name == name) control = std::move(one);
               }
               if (!control) {
                 return refuse(
                     std::move(respond),
                     fail(ErrorCode::NotFound, "flow_not_found",
                          fmt::format("There is no flow {}; `remit flows list` names them.", name))
                         .error());
               }
               if (verb == "pause" || verb == "resume") {
                 control->set_paused(verb == "pause");
                 return execute(routed, clients_engine(), flow::PauseFlow{name, verb == "pause"},
                                std::move(respond));
               }
               if (verb == "throttle" && control->set_throttle) {
                 const auto asked = codec::from_json<ThrottleRequest>(routed.request.body);
                 if (!asked) return refuse(std::move(respond), asked.error());
                 control->set_throttle(asked->records_per_second_max);
                 return execute(routed, clients_engine(),
                                flow::ThrottleFlow{name, asked->records_per_second_max},
                                std::move(respond));
               }
               if (verb == "rebuild" && control->rebuild) {
                 control->rebuild();
                 return record_act(routed, "flow_rebuild_begun", name,
                                   net::json_response(200, "{}"), std::move(respond));
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
               const auto status = query->enumerator<flow::DeadLetterStatus>("status");
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
      perform(routed, C{*id, asked->because}, std::move(respond));
    });
  };
  close("/admin/deadletters/{id}/redrive", flow::RedriveDeadLetter{});
  close("/admin/deadletters/{id}/discard", flow::DiscardDeadLetter{});
}

}  // namespace remit::app
