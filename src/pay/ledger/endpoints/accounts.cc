#include "pay/ledger/endpoints/endpoints.h"
#include "pay/ledger/endpoints/resources.h"

#include <fmt/format.h>

namespace remit::ledger {
namespace {

std::unexpected<Error> not_found(const std::string& text) {
  return fail(ErrorCode::NotFound, "account_not_found",
              fmt::format("No account {} exists; open it first.", text), "id");
}

std::optional<TypeId> account_in(const api::Request& request) {
  const std::optional<TypeId> id = TypeId::parse(request.parameters.find("id")->second);
  return id && id->prefix() == Account::kPrefix ? id : std::nullopt;
}

void refuse(net::Responder respond, Error error) {
  respond(net::problem_response(error));
}

void open(api::Gateway& gateway, const api::Request& request, net::Responder respond) {
  const auto asked = codec::from_json<OpenAccountRequest>(request.http.body);
  if (!asked) return refuse(std::move(respond), asked.error());
  OpenAccount command{.id = asked->id.value_or(TypeId()),
                      .name = asked->name,
                      .type = asked->type,
                      .currency = asked->currency,
                      .limit = asked->limit.value_or(BalanceLimit::None)};
  if (!asked->id) command.id = gateway.make_id(Account::kPrefix);
  gateway.execute(request, std::move(command), 201, std::move(respond),
                  [](const Account& account) { return codec::to_json(to_resource(account)); });
}

void get(api::Gateway& gateway, const api::Request& request, net::Responder respond) {
  const auto at = request.query.time("at");
  if (!at) return refuse(std::move(respond), at.error());
  const std::optional<TypeId> id = account_in(request);
  const std::string& text = request.parameters.find("id")->second;
  if (!id) return refuse(std::move(respond), not_found(text).error());
  const ClientId client = request.caller.client;
  if (*at) {
    return gateway.list(
        request, std::move(respond),
        [id = *id, client, at = **at](sqlite::Database& database) -> Result<std::string> {
          return codec::to_json(to_resource(TRY(account_at(database, client, id, at))));
        });
  }
  gateway.query(request, std::move(respond),
                [id = *id, client, text](engine::ReadView& view) -> Result<std::string> {
                  const Account* account = view.find<Account>(id);
                  if (account == nullptr || account->client != client) return not_found(text);
                  return codec::to_json(to_resource(*account));
                });
}

void list(api::Gateway& gateway, const api::Request& request, net::Responder respond) {
  const Result<PageOptions> options = page_of(request.query);
  if (!options) return refuse(std::move(respond), options.error());
  gateway.list(request, std::move(respond),
               [client = request.caller.client,
                options = *options](sqlite::Database& database) -> Result<std::string> {
                 const Page<Account> page = TRY(list_accounts(database, client, options));
                 std::vector<std::string> items;
                 items.reserve(page.rows.size());
                 for (const Account& account : page.rows) {
                   items.push_back(codec::to_json(to_resource(account)));
                 }
                 return api::render_page(items, page.next_cursor);
               });
}

void entries(api::Gateway& gateway, const api::Request& request, net::Responder respond) {
  const std::optional<TypeId> id = account_in(request);
  if (!id) {
    return refuse(std::move(respond), not_found(request.parameters.find("id")->second).error());
  }
  const Result<PageOptions> options = page_of(request.query);
  if (!options) return refuse(std::move(respond), options.error());
  gateway.list(request, std::move(respond),
               [client = request.caller.client, id = *id,
                options = *options](sqlite::Database& database) -> Result<std::string> {
                 const Page<Entry> page = TRY(list_entries(database, client, id, options));
                 std::vector<std::string> items;
                 items.reserve(page.rows.size());
                 for (const Entry& entry : page.rows) items.push_back(codec::to_json(entry));
                 return api::render_page(items, page.next_cursor);
               });
}

AccountResource example_account() {
  return {.id = *TypeId::parse("acc_01h455vb4pex5vsknk084sn02q"),
          .name = "Customer funds",
          .type = AccountType::Liability,
          .currency = Currency::of("GBP"),
          .limit = BalanceLimit::DebitsMustNotExceedCredits,
          .balances = {.posted = 1250, .credits_posted = 1250},
          .opened_at = *from_rfc3339("2026-08-20T09:30:00Z")};
}

api::Operation open_operation() {
  return {
      .method = "POST",
      .path = "/v1/accounts",
      .id = "open_account",
      .tag = "Ledger",
      .summary = "Open an account",
      .description = "The same id with the same fields is the same account.",
      .scope = api::Scope::LedgerWrite,
      .ways = {api::Way::Execute},
      .request = api::body(OpenAccountRequest{.name = "Customer funds",
                                              .type = AccountType::Liability,
                                              .currency = Currency::of("GBP")}),
      .status = 201,
      .answer = api::body(example_account()),
      .problems = {"account_id_invalid", "account_id_reused", "name_invalid", "currency_missing"}};
}

api::Operation list_operation() {
  return {.method = "GET",
          .path = "/v1/accounts",
          .id = "list_accounts",
          .tag = "Ledger",
          .summary = "List accounts",
          .description = "Oldest first.",
          .scope = api::Scope::LedgerRead,
          .ways = {api::Way::List},
          .query = api::page_parameters(),
          .answer = api::page_of(example_account())};
}

api::Operation get_operation() {
  return {.method = "GET",
          .path = "/v1/accounts/{id}",
          .id = "get_account",
          .tag = "Ledger",
          .summary = "Read an account",
          .description = "Its balances now, or as they were at the end of a moment of the past.",
          .scope = api::Scope::LedgerRead,
          .ways = {api::Way::Query, api::Way::List},
          .path_parameters = {api::id_parameter(Account::kPrefix, "The account.")},
          .query = {{.name = "at",
                     .description = "A moment of the past; now when left out.",
                     .schema = R"({"type":"string","format":"date-time"})"}},
          .answer = api::body(example_account()),
          .problems = {"account_not_found", "time_invalid"}};
}

api::Operation entries_operation() {
  const Balances change{.credits_posted = 1250};
  return {.method = "GET",
          .path = "/v1/accounts/{id}/entries",
          .id = "list_account_entries",
          .tag = "Ledger",
          .summary = "List the entries of an account",
          .description = "Newest first: what moved its balances, and how they stood after it.",
          .scope = api::Scope::LedgerRead,
          .ways = {api::Way::List},
          .path_parameters = {api::id_parameter(Account::kPrefix, "The account.")},
          .query = api::page_parameters(),
          .answer = api::page_of(Entry{.position = 42,
                                       .account = example_account().id,
                                       .transfer = *TypeId::parse("trf_01h455vb4pex5vsknk084sn02q"),
                                       .time = *from_rfc3339("2026-08-20T09:30:00Z"),
                                       .change = change,
                                       .after = change}),
          .problems = {"account_not_found"}};
}

}  // namespace

Result<PageOptions> page_of(const api::Query& query) {
  return PageOptions{.after = TRY(query.cursor()), .rows_max = TRY(query.limit())};
}

void add_account_endpoints(api::Gateway& gateway) {
  const auto with = [&gateway](auto* endpoint) {
    return [&gateway, endpoint](const api::Request& request, net::Responder respond) {
      endpoint(gateway, request, std::move(respond));
    };
  };
  gateway.explain(problems());
  gateway.add(open_operation(), with(&open));
  gateway.add(list_operation(), with(&list));
  gateway.add(get_operation(), with(&get));
  gateway.add(entries_operation(), with(&entries));
}

}  // namespace remit::ledger
