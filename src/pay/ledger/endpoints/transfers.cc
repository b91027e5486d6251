#include "pay/ledger/endpoints/endpoints.h"
#include "pay/ledger/endpoints/resources.h"

#include <fmt/format.h>

namespace remit::ledger {
namespace {

std::unexpected<Error> not_found(const std::string& text) {
  return fail(ErrorCode::NotFound, "transfer_not_found",
              fmt::format("No transfer {} exists; check the id.", text), "id");
}

void refuse(net::Responder respond, Error error) {
  respond(net::problem_response(error));
}

std::optional<TypeId> transfer_in(const api::Request& request) {
  const std::optional<TypeId> id = TypeId::parse(request.parameters.find("id")->second);
  return id && id->prefix() == Transfer::kPrefix ? id : std::nullopt;
}

NewTransfer to_transfer(api::Gateway& gateway, const NewTransferRequest& asked) {
  NewTransfer transfer{.id = asked.id.value_or(TypeId()),
                       .debit_account = asked.debit_account,
                       .credit_account = asked.credit_account,
                       .amount = asked.amount.amount,
                       .currency = asked.amount.currency,
                       .pending = asked.pending.value_or(false),
                       .reference = asked.reference.value_or(""),
                       .expires_at = asked.expires_at.value_or(Timestamp())};
  if (!asked.id) transfer.id = gateway.make_id(Transfer::kPrefix);
  return transfer;
}

void create(api::Gateway& gateway, const api::Request& request, net::Responder respond) {
  const auto asked = codec::from_json<CreateTransfersRequest>(request.http.body);
  if (!asked) return refuse(std::move(respond), asked.error());
  CreateTransfers command{.transfers = {}, .linked = asked->linked.value_or(true)};
  command.transfers.reserve(asked->transfers.size());
  for (const NewTransferRequest& transfer : asked->transfers) {
    command.transfers.push_back(to_transfer(gateway, transfer));
  }
  gateway.execute(request, std::move(command), 201, std::move(respond),
                  [](const TransferOutcomes& outcomes) { return codec::to_json(outcomes); });
}

void post(api::Gateway& gateway, const api::Request& request, net::Responder respond) {
  const std::optional<TypeId> id = transfer_in(request);
  if (!id) {
    return refuse(std::move(respond), not_found(request.parameters.find("id")->second).error());
  }
  PostTransferRequest asked;
  if (!request.http.body.empty()) {
    auto body = codec::from_json<PostTransferRequest>(request.http.body);
    if (!body) return refuse(std::move(respond), body.error());
    asked = *body;
  }
  gateway.execute(request, PostTransfer{*id, asked.amount}, 200, std::move(respond),
                  [](const Transfer& transfer) { return codec::to_json(to_resource(transfer)); });
}

void void_transfer(api::Gateway& gateway, const api::Request& request, net::Responder respond) {
  const std::optional<TypeId> id = transfer_in(request);
  if (!id) {
    return refuse(std::move(respond), not_found(request.parameters.find("id")->second).error());
  }
  gateway.execute(request, VoidTransfer{*id}, 200, std::move(respond),
                  [](const Transfer& transfer) { return codec::to_json(to_resource(transfer)); });
}

void get(api::Gateway& gateway, const api::Request& request, net::Responder respond) {
  const std::optional<TypeId> id = transfer_in(request);
  const std::string& text = request.parameters.find("id")->second;
  if (!id) return refuse(std::move(respond), not_found(text).error());
  gateway.query(request, std::move(respond),
                [id = *id, text,
                 client = request.caller.client](engine::ReadView& view) -> Result<std::string> {
                  const Transfer* transfer = view.find<Transfer>(id);
                  if (transfer == nullptr || transfer->client != client) return not_found(text);
                  return codec::to_json(to_resource(*transfer));
                });
}

struct ListOptions {
  PageOptions page;
  std::optional<TypeId> account;
};

Result<ListOptions> options_of(const api::Request& request) {
  const auto query = TRY(api::Query::parse(request.http.query, {"limit", "cursor", "account"}));
  ListOptions options{.page = {.after = TRY(query.cursor()), .rows_max = TRY(query.limit())}};
  if (const auto text = query.find("account")) {
    options.account = TypeId::parse(*text);
    if (!options.account || options.account->prefix() != Account::kPrefix) {
      return fail(ErrorCode::InvalidArgument, "account_id_invalid",
                  "account is the id of an account, such as acc_01h455vb4pex5vsknk084sn02q.",
                  "account");
    }
  }
  return options;
}

void list(api::Gateway& gateway, const api::Request& request, net::Responder respond) {
  const Result<ListOptions> options = options_of(request);
  if (!options) return refuse(std::move(respond), options.error());
  gateway.list(request, std::move(respond),
               [client = request.caller.client,
                options = *options](sqlite::Database& database) -> Result<std::string> {
                 const Page<Transfer> page =
                     TRY(list_transfers(database, client, options.account, options.page));
                 std::vector<std::string> items;
                 items.reserve(page.rows.size());
                 for (const Transfer& transfer : page.rows) {
                   items.push_back(codec::to_json(to_resource(transfer)));
                 }
                 return api::render_page(items, page.next_cursor);
               });
}

}  // namespace

void add_transfer_endpoints(api::Gateway& gateway) {
  const auto with = [&gateway](auto* endpoint) {
    return [&gateway, endpoint](const api::Request& request, net::Responder respond) {
      endpoint(gateway, request, std::move(respond));
    };
  };
  gateway.add("POST", "/v1/transfers", api::Scope::LedgerWrite, with(&create));
  gateway.add("GET", "/v1/transfers", api::Scope::LedgerRead, with(&list));
  gateway.add("GET", "/v1/transfers/{id}", api::Scope::LedgerRead, with(&get));
  gateway.add("POST", "/v1/transfers/{id}/post", api::Scope::LedgerWrite, with(&post));
  gateway.add("POST", "/v1/transfers/{id}/void", api::Scope::LedgerWrite, with(&void_transfer));
}

}  // namespace remit::ledger
