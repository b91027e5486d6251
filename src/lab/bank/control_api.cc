#include "lab/bank/control_api.h"

#include "kit/net/problem.h"

namespace remit::lab::bank {
namespace {

Reply reply_with(const json::object& document) {
  return {net::json_response(200, json::serialize(document))};
}

Result<json::object> body_of(const net::HttpRequest& request) {
  const std::string_view type = request.headers.find("Content-Type").value_or("");
  if (!type.starts_with("application/json")) {
    return fail(ErrorCode::InvalidArgument, "content_type", "Send Content-Type application/json.");
  }
  return parse_json_object(request.body);
}

/// Counts and sums of one kind of payments.
struct Sum {
  std::int64_t count = 0;
  std::int64_t minor = 0;
  void add(const Payment& payment) {
    ++count;
    minor += payment.amount_minor;
  }
  json::object minor_by_currency() const { return {{"GBP", minor}}; }
};

json::object line_of(const Payment& payment, const Books& books) {
  return {{"domestic_payment_id", payment.id},
          {"consent_id", payment.consent_id},
          {"end_to_end_id", payment.end_to_end_id},
          {"instruction_id", payment.instruction_id},
          {"account_id", payment.account_id},
          {"creditor_account", payment.creditor_account},
          {"amount_minor", payment.amount_minor},
          {"currency", "GBP"},
          {"status", payment.present().status},
          {"created", to_rfc3339(payment.created)},
          {"executions", books.executions_of(payment.id)}};
}

json::array accounts_of(const Books& books) {
  json::array accounts;
  for (const PayerAccount& account : books.accounts()) {
    accounts.push_back(json::object{{"id", account.id},
                                    {"holder", account.holder},
                                    {"identification", account.identification},
                                    {"balance_minor", books.balance_minor(account.id)},
                                    {"available_minor", books.available_minor(account.id)}});
  }
  return accounts;
}

}  // namespace

void ControlApi::add_routes(const AddRoute& add) {
  add("GET", "/sandbox/books", [this](const net::RoutedRequest& routed) { return books(routed); });
  add("GET", "/sandbox/faults", [this](const net::RoutedRequest&) { return faults(); });
  add("POST", "/sandbox/faults",
      [this](const net::RoutedRequest& routed) { return set_faults(routed); });
  add("GET", "/sandbox/quirks",
      [this](const net::RoutedRequest&) { return reply_with(parts_.quirks.to_json()); });
  add("POST", "/sandbox/quirks",
      [this](const net::RoutedRequest& routed) { return set_quirks(routed); });
  add("GET", "/sandbox/events",
      [this](const net::RoutedRequest&) { return reply_with(events_.to_json()); });
  add("GET", "/sandbox/clients", [this](const net::RoutedRequest&) { return clients(); });
  add("GET", "/sandbox/payees", [this](const net::RoutedRequest&) { return payees(); });
  add("GET", "/sandbox/payer", [this](const net::RoutedRequest&) { return payer(); });
  add("POST", "/sandbox/payer",
      [this](const net::RoutedRequest& routed) { return set_payer(routed); });
}

Reply ControlApi::books(const net::RoutedRequest& routed) const {
  const Books& books = parts_.payments.books();
  const std::string_view last =
      parts_.options.completed_to_credited ? payment_status::kCredited : payment_status::kCompleted;
  Sum executed;
  Sum settled;
  Sum rejected;
  json::array lines;
  const bool with_lines = routed.request.query != "payments=none";
  const auto payments = parts_.payments.payments();
  for (const Payment* payment : payments) {
    if (books.executions_of(payment->id) > 0) executed.add(*payment);
    if (payment->reached(last)) settled.add(*payment);
    if (payment->present().status == payment_status::kRejected) rejected.add(*payment);
    if (with_lines) lines.push_back(line_of(*payment, books));
  }
  json::object credits;
  for (const auto& [identification, minor] : books.credits_minor()) credits[identification] = minor;
  const auto total = static_cast<std::int64_t>(payments.size());
  json::object document{{"payments_total", total},
                        {"executed", executed.count},
                        {"settled", settled.count},
                        {"rejected", rejected.count},
                        {"pending", total - settled.count - rejected.count},
                        {"executed_minor", executed.minor_by_currency()},
                        {"settled_minor", settled.minor_by_currency()},
                        {"rejected_minor", rejected.minor_by_currency()},
                        {"accounts", accounts_of(books)},
                        {"credits_minor", std::move(credits)}};
  if (with_lines) document["payments"] = std::move(lines);
  return reply_with(document);
}

Reply ControlApi::clients() const {
  json::array clients;
  for (const RegisteredClient* client : parts_.clients.all()) {
    json::object line{{"client_id", client->client_id},
                      {"name", client->name},
                      {"registered", !client->metadata.empty()}};
    if (const auto software = find_text(client->metadata, "software_id")) {
      line["software_id"] = *software;
    }
    clients.push_back(std::move(line));
  }
  return reply_with({{"clients", std::move(clients)}});
}

Reply ControlApi::faults() const {
  return reply_with(parts_.faults.to_json());
}

Reply ControlApi::set_faults(const net::RoutedRequest& routed) {
  const auto body = body_of(routed.request);
  if (!body) return {net::problem_response(body.error())};
  if (const auto set = parts_.faults.configure(*body); !set) {
    return {net::problem_response(set.error())};
  }
  return faults();
}

Reply ControlApi::set_quirks(const net::RoutedRequest& routed) {
  const auto body = body_of(routed.request);
  if (!body) return {net::problem_response(body.error())};
  if (const auto set = parts_.quirks.configure(*body); !set) {
    return {net::problem_response(set.error())};
  }
  return reply_with(parts_.quirks.to_json());
}

Reply ControlApi::payees() const {
  json::array payees;
  for (const PayeeAccount& payee : parts_.options.payees) {
    payees.push_back(json::object{{"identification", payee.identification},
                                  {"name", payee.name},
                                  {"account_type", payee.business ? "business" : "personal"},
                                  {"secondary_reference", payee.secondary_reference},
                                  {"check", name_check_text(payee.check)}});
  }
  return reply_with({{"payees", std::move(payees)}});
}

Reply ControlApi::payer() const {
  const AutomaticPayer& payer = authorisation_.payer();
  return reply_with({{"automatic", payer.on},
                     {"refuse_per_mille", payer.refuse_per_mille},
                     {"account_id", payer.account_id}});
}

Reply ControlApi::set_payer(const net::RoutedRequest& routed) {
  const auto invalid = [](std::string message, std::string field) -> Reply {
    return {net::problem_response(Error{
        ErrorCode::InvalidArgument, "payer_invalid", std::move(message), std::move(field), {}})};
  };
  const auto body = body_of(routed.request);
  if (!body) return {net::problem_response(body.error())};
  AutomaticPayer changed = authorisation_.payer();
  for (const auto& [name, value] : *body) {
    if (name == "automatic" && value.is_bool()) {
      changed.on = value.get_bool();
    } else if (name == "refuse_per_mille" && value.is_int64() && value.get_int64() >= 0 &&
               value.get_int64() <= 1000) {
      changed.refuse_per_mille = static_cast<std::uint32_t>(value.get_int64());
    } else if (name == "account_id" && value.is_string()) {
      changed.account_id = value.get_string();
    } else {
      return invalid("Give automatic, refuse_per_mille (0 to 1000) or account_id.",
                     std::string(name));
    }
  }
  if (!changed.account_id.empty() && parts_.payments.books().find(changed.account_id) == nullptr) {
    return invalid("No such account; GET /sandbox/books lists them.", "account_id");
  }
  authorisation_.payer() = std::move(changed);
  return payer();
}

}  // namespace remit::lab::bank
