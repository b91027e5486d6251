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
  ListOptions options{.page = TRY(page_of(request.query))};
  if (const auto text = request.query.find("account")) {
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

TransferResource example_transfer() {
  return {.id = *TypeId::parse("trf_01h455vb4pex5vsknk084sn02q"),
          .debit_account = *TypeId::parse("acc_01h455vb4pex5vsknk084sn02r"),
          .credit_account = *TypeId::parse("acc_01h455vb4pex5vsknk084sn02q"),
          .amount = {1250, Currency::of("GBP")},
          .posted_amount = 1250,
          .reference = "Top-up 17",
          .created_at = *from_rfc3339("2026-08-20T09:30:00Z")};
}

CreateTransfersRequest example_request() {
  const TransferResource made = example_transfer();
  return {.transfers = {{.debit_account = made.debit_account,
                         .credit_account = made.credit_account,
                         .amount = made.amount,
                         .reference = made.reference}}};
}

api::Operation create_operation() {
  return {
      .method = "POST",
      .path = "/v1/transfers",
      .id = "create_transfers",
      .tag = "Ledger",
      .summary = "Make transfers",
      .description =
          "One or many, in order. Linked (the default): all of them or none. Otherwise each "
          "stands alone, and outcomes says what became of it. The same id with the same fields "
          "is the same transfer.",
      .scope = api::Scope::LedgerWrite,
      .ways = {api::Way::Execute},
      .request = api::body(example_request()),
      .status = 201,
      .answer = api::body(TransferOutcomes{{{.id = example_transfer().id}}}),
      .problems = {"transfers_count", "transfer_id_invalid", "transfer_id_reused",
                   "amount_not_positive", "amount_overflow", "accounts_equal", "account_not_found",
                   "currency_mismatch", "reference_too_long", "expiry_without_pending",
                   "expiry_in_the_past", "insufficient_funds", "credit_limit"}};
}

api::Operation list_operation() {
  return {
      .method = "GET",
      .path = "/v1/transfers",
      .id = "list_transfers",
      .tag = "Ledger",
      .summary = "List transfers",
      .description = "Newest first.",
      .scope = api::Scope::LedgerRead,
      .ways = {api::Way::List},
      .query = api::page_parameters({{.name = "account",
                                      .description = "Only those that move this account.",
                                      .schema = api::id_parameter(Account::kPrefix, "").schema}}),
      .answer = api::page_of(example_transfer()),
      .problems = {"account_id_invalid"}};
}

api::Operation get_operation() {
  return {.method = "GET",
          .path = "/v1/transfers/{id}",
          .id = "get_transfer",
          .tag = "Ledger",
          .summary = "Read a transfer",
          .scope = api::Scope::LedgerRead,
          .ways = {api::Way::Query},
          .path_parameters = {api::id_parameter(Transfer::kPrefix, "The transfer.")},
          .answer = api::body(example_transfer()),
          .problems = {"transfer_not_found"}};
}

api::Operation post_operation() {
  return {.method = "POST",
          .path = "/v1/transfers/{id}/post",
          .id = "post_transfer",
          .tag = "Ledger",
          .summary = "Post a pending transfer",
          .description = "Whole, or a part of it; what is not posted is released.",
          .scope = api::Scope::LedgerWrite,
          .ways = {api::Way::Execute},
          .path_parameters = {api::id_parameter(Transfer::kPrefix, "The transfer.")},
          .request = api::optional(api::body(PostTransferRequest{.amount = 1000})),
          .answer = api::body(example_transfer()),
          .problems = {"transfer_not_found", "transfer_not_pending", "transfer_owned",
                       "amount_out_of_range"}};
}

api::Operation void_operation() {
  TransferResource voided = example_transfer();
  voided.status = TransferStatus::Voided;
  voided.posted_amount = 0;
  return {.method = "POST",
          .path = "/v1/transfers/{id}/void",
          .id = "void_transfer",
          .tag = "Ledger",
          .summary = "Void a pending transfer",
          .description = "Nothing moves; what it reserved is released.",
          .scope = api::Scope::LedgerWrite,
          .ways = {api::Way::Execute},
          .path_parameters = {api::id_parameter(Transfer::kPrefix, "The transfer.")},
          .answer = api::body(voided),
          .problems = {"transfer_not_found", "transfer_not_pending", "transfer_owned"}};
}

}  // namespace

void add_transfer_endpoints(api::Gateway& gateway) {
  const auto with = [&gateway](auto* endpoint) {
    return [&gateway, endpoint](const api::Request& request, net::Responder respond) {
      endpoint(gateway, request, std::move(respond));
    };
  };
  gateway.add(create_operation(), with(&create));
  gateway.add(list_operation(), with(&list));
  gateway.add(get_operation(), with(&get));
  gateway.add(post_operation(), with(&post));
  gateway.add(void_operation(), with(&void_transfer));
}

}  // namespace remit::ledger
