#include "app/admin_answers.h"
#include "app/admin_routes.h"
#include "pay/operators/approval_tables.h"
#include "pay/webhooks/read_tables.h"

namespace remit::app {

struct WordRequest {
  std::string because;
};
BOOST_DESCRIBE_STRUCT(WordRequest, (), (because))

/// A request as operators see it: what would be done, to what, for whom.
struct ApprovalResource {
  TypeId id;
  std::string act;  ///< "payment.resolve"
  TypeId on;
  std::string status;  ///< "waiting", "approved", "rejected", "expired"
  std::string requested_by;
  Timestamp requested_at;
  Timestamp expires_at;
  std::optional<std::string> decided_by;
  std::optional<Timestamp> decided_at;
  std::optional<std::string> because;
  codec::RawJson details;  ///< The command, word for word.
};
BOOST_DESCRIBE_STRUCT(ApprovalResource, (),
                      (id, act, on, status, requested_by, requested_at, expires_at, decided_by,
                       decided_at, because, details))

namespace {

constexpr std::size_t kApprovalsShownMax = 1000;

std::string to_json(const operators::Approval& approval, Timestamp now) {
  const bool expired =
      approval.status == operators::ApprovalStatus::Waiting && now >= approval.expires_at;
  ApprovalResource shown{
      .id = approval.id,
      .act = std::string(operators::name_of(approval.act)),
      .on = operators::subject_of(approval.act),
      .status = expired ? "expired" : std::string(codec::json_name(approval.status)),
      .requested_by = approval.requested_by,
      .requested_at = approval.requested_at,
      .expires_at = approval.expires_at,
      .decided_at = approval.decided_at,
      .details = {std::visit([](const auto& act) { return codec::to_json(act); }, approval.act)}};
  if (!approval.decided_by.empty()) shown.decided_by = approval.decided_by;
  if (!approval.because.empty()) shown.because = approval.because;
  return codec::to_json(shown);
}

}  // namespace

void AdminRoutes::add_approvals(net::Router& router) {
  router.add("GET", "/admin/approvals",
             [this](const net::RoutedRequest& routed, net::Responder respond) {
               const auto query = api::Query::parse(routed.request.query, {"status"});
               if (!query) return refuse(std::move(respond), query.error());
               const auto status = query->enumerator<operators::ApprovalStatus>("status");
               if (!status) return refuse(std::move(respond), status.error());
               list(std::move(respond),
                    [this, status = *status](sqlite::Database& rows) -> Result<std::string> {
                      std::vector<std::string> items;
                      for (const operators::Approval& approval :
                           TRY(operators::list_approvals(rows, status, kApprovalsShownMax))) {
                        items.push_back(to_json(approval, server_.ports_.clock.now()));
                      }
                      return api::render_page(items, std::nullopt);
                    });
             });
  router.add("GET", "/admin/approvals/{id}",
             [this](const net::RoutedRequest& routed, net::Responder respond) {
               const auto id = id_in(routed, operators::Approval::kPrefix);
               if (!id) return refuse(std::move(respond), id.error());
               list(std::move(respond),
                    [this, id = *id](sqlite::Database& rows) -> Result<std::string> {
                      const auto found = TRY(flow::find_state<operators::Approval>(rows, id));
                      if (!found) {
                        return fail(ErrorCode::NotFound, "approval_not_found",
                                    "Nobody asked for this; `remit approvals list` shows what "
                                    "waits.");
                      }
                      return to_json(*found, server_.ports_.clock.now());
                    });
             });
  for (const bool approve : {true, false}) {
    router.add(
        "POST", approve ? "/admin/approvals/{id}/approve" : "/admin/approvals/{id}/reject",
        [this, approve](const net::RoutedRequest& routed, net::Responder respond) {
          const auto id = id_in(routed, operators::Approval::kPrefix);
          if (!id) return refuse(std::move(respond), id.error());
          const auto word = codec::from_json<WordRequest>(routed.request.body);
          if (!word) return refuse(std::move(respond), word.error());
          execute(routed, clients_engine(), operators::DecideApproval{*id, approve, word->because},
                  std::move(respond), [this](const operators::Approval& approval) {
                    return net::json_response(200, to_json(approval, server_.ports_.clock.now()));
                  });
        });
  }
}

void AdminRoutes::perform(const net::RoutedRequest& routed, operators::MoneyAct act,
                          net::Responder respond) {
  const auto at_once = [this](const net::RoutedRequest& asked, operators::MoneyAct what,
                              net::Responder answer) {
    std::visit(
        [&](auto& command) {
          execute(asked, clients_engine(), std::move(command), std::move(answer));
        },
        what);
  };
  if (!server_.config_.operators.four_eyes) {
    return at_once(routed, std::move(act), std::move(respond));
  }
  const auto ask = [this](const net::RoutedRequest& asked, operators::MoneyAct what,
                          net::Responder answer) {
    const TypeId id = server_.gateway_->make_id(operators::Approval::kPrefix);
    execute(asked, clients_engine(), operators::RequestApproval{id, std::move(what)},
            std::move(answer), [this](const operators::Approval& approval) {
              return net::json_response(202, to_json(approval, server_.ports_.clock.now()));
            });
  };
  const TypeId subject = operators::subject_of(act);
  if (subject.prefix() != flow::DeadLetter::kPrefix) {
    return ask(routed, std::move(act), std::move(respond));
  }
  // What could not be told to a client's endpoint is no money: one person may have it told again.
  auto told = std::make_shared<bool>(false);
  clients_engine().query(
      [subject, told](engine::ReadView& view) {
        const auto* letter = view.find<flow::DeadLetter>(subject);
        *told = letter != nullptr && letter->flow.starts_with(webhooks::kFlowPrefix);
      },
      [at_once, ask, routed, told, act = std::move(act),
       respond = std::move(respond)](Result<engine::Position> looked) mutable {
        if (!looked) return refuse(std::move(respond), looked.error());
        if (*told) return at_once(routed, std::move(act), std::move(respond));
        ask(routed, std::move(act), std::move(respond));
      });
}

}  // namespace remit::app
