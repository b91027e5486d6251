#include "app/admin_answers.h"
#include "app/admin_routes.h"
#include "pay/payments/commands.h"
#include "pay/payments/endpoints/payment_resource.h"
#include "pay/payments/read_tables.h"

namespace remit::app {
namespace {

/// Operators see nobody's name or account until they ask for it.
constexpr const payments::Parties* kMasked = nullptr;

}  // namespace

struct ResolveRequest {
  bool executed = false;
  std::optional<std::string> bank_payment_id;
  std::string evidence;
};
BOOST_DESCRIBE_STRUCT(ResolveRequest, (), (executed, bank_payment_id, evidence))

void AdminRoutes::add_payments(net::Router& router) {
  router.add(
      "GET", "/admin/payments", [this](const net::RoutedRequest& routed, net::Responder respond) {
        const auto query = api::Query::parse(routed.request.query,
                                             {"status", "needs_operator", "limit", "cursor"});
        if (!query) return refuse(std::move(respond), query.error());
        const auto state = query->enumerator<payments::PaymentState>("status");
        const auto limit = query->limit();
        const auto cursor = query->cursor();
        if (!state) return refuse(std::move(respond), state.error());
        if (!limit) return refuse(std::move(respond), limit.error());
        if (!cursor) return refuse(std::move(respond), cursor.error());
        payments::PaymentFilter filter{.state = *state,
                                       .needs_operator = query->find("needs_operator") == "true",
                                       .rows_max = *limit};
        if (*cursor) filter.before = (*cursor)->second;
        list(std::move(respond), [filter](sqlite::Database& rows) -> Result<std::string> {
          const payments::PaymentPage page = TRY(payments::list_payments(rows, filter));
          std::vector<std::string> items;
          items.reserve(page.payments.size());
          for (const payments::Payment& payment : page.payments) {
            items.push_back(codec::to_json(payments::to_resource(payment, kMasked)));
          }
          return api::render_page(items, page.next_cursor);
        });
      });
  router.add("GET", "/admin/payments/{id}",
             [this](const net::RoutedRequest& routed, net::Responder respond) {
               const auto id = id_in(routed, payments::Payment::kPrefix);
               if (!id) return refuse(std::move(respond), id.error());
               list(std::move(respond), [id = *id](sqlite::Database& rows) -> Result<std::string> {
                 const auto payment = TRY(flow::find_state<payments::Payment>(rows, id));
                 if (!payment) {
                   return fail(ErrorCode::NotFound, "payment_not_found",
                               "There is no such payment; check the id.");
                 }
                 return codec::to_json(payments::to_resource(*payment, kMasked));
               });
             });
  router.add(
      "POST", "/admin/payments/{id}/reveal",
      [this](const net::RoutedRequest& routed, net::Responder respond) {
        const auto id = id_in(routed, payments::Payment::kPrefix);
        if (!id) return refuse(std::move(respond), id.error());
        // Told once it is journalled who asked.
        net::Responder told = [this, routed, id = *id,
                               respond = std::move(respond)](net::HttpResponse response) mutable {
          if (response.status != 200) return respond(std::move(response));
          record_act(routed, "payment_revealed", id.to_string(), std::move(response),
                     std::move(respond));
        };
        list(std::move(told), [this, id = *id](sqlite::Database& rows) -> Result<std::string> {
          const auto payment = TRY(flow::find_state<payments::Payment>(rows, id));
          if (!payment) {
            return fail(ErrorCode::NotFound, "payment_not_found",
                        "There is no such payment; check the id.");
          }
          return codec::to_json(TRY(payments::to_resource(*payment, server_.sealer_)));
        });
      });
  router.add("POST", "/admin/payments/{id}/resolve",
             [this](const net::RoutedRequest& routed, net::Responder respond) {
               const auto id = id_in(routed, payments::Payment::kPrefix);
               if (!id) return refuse(std::move(respond), id.error());
               const auto asked = codec::from_json<ResolveRequest>(routed.request.body);
               if (!asked) return refuse(std::move(respond), asked.error());
               perform(
                   routed,
                   payments::ResolvePayment{.id = *id,
                                            .executed = asked->executed,
                                            .bank_payment_id = asked->bank_payment_id.value_or(""),
                                            .evidence = asked->evidence},
                   std::move(respond));
             });
}

}  // namespace remit::app
