#include "app/demo/comparison.h"

#include "app/admin_client.h"
#include "kit/base/codec/json.h"

#include <fmt/format.h>

#include <functional>
#include <set>
#include <thread>

namespace remit::app {
namespace {

constexpr std::size_t kFindingsMax = 10;
constexpr auto kWebhookPatience = std::chrono::minutes(1);

std::int64_t number_at(const codec::JsonNode& item, std::string_view path) {
  return std::strtoll(text_at(item, path).c_str(), nullptr, 10);
}

Result<codec::JsonDocument> get(World& world, const std::string& url, bool with_key) {
  net::ClientRequest request{.method = "GET", .url = url};
  if (with_key) request.headers.add("Authorization", "Bearer " + world.key());
  request.options.response_bytes_max = 64 * 1024 * 1024;
  const net::HttpResponse answer = TRY(net::send_and_wait(world.http(), std::move(request)));
  if (answer.status != 200) {
    return fail(ErrorCode::Unavailable, "not_answered",
                fmt::format("{} answered {} {}", url, answer.status, answer.body));
  }
  return codec::JsonDocument::parse(answer.body,
                                    {.bytes_max = 64 * 1024 * 1024, .members_max = 5'000'000});
}

template <class F>
void for_each_item(const codec::JsonNode* items, F use) {
  if (items == nullptr || items->kind != codec::JsonKind::Array) return;
  const codec::JsonNode* item = items->first();
  for (std::uint32_t i = 0; i < items->count; ++i, item = item->next()) use(*item);
}

/// Every item of a list of the API, page by page. `query` ends with & unless it is empty.
Result<void> for_each_of(World& world, const std::string& path, std::string_view query,
                         const std::function<void(const codec::JsonNode&)>& use) {
  std::string cursor;
  while (true) {
    const std::string url = fmt::format("{}{}?{}limit=100{}{}", world.server_url(), path, query,
                                        cursor.empty() ? "" : "&cursor=", cursor);
    const codec::JsonDocument page = TRY(get(world, url, true));
    for_each_item(page.root().find("data"), use);
    cursor = text_at(page.root(), "next_cursor");
    if (cursor.empty()) return {};
  }
}

/// What each side says of one payment.
struct Sides {
  std::int64_t bank_pence = 0;
  std::uint64_t bank_executions = 0;
  bool bank_settled = false;
  bool bank_pending = false;
  std::int64_t our_pence = 0;
  bool known = false;
  bool our_executed = false;
  bool our_settled = false;
  bool refund = false;
};
using Payments = std::map<std::string, Sides>;

bool is_final(std::string_view status) {
  static const std::set<std::string_view> kFinal{"settled", "rejected", "cancelled", "expired"};
  return kFinal.contains(status);
}

Result<Payments> read_bank(World& world, Comparison& comparison) {
  const codec::JsonDocument books = TRY(get(world, world.control_url() + "/sandbox/books", false));
  Payments payments;
  for_each_item(books.root().find("payments"), [&](const codec::JsonNode& item) {
    Sides& sides = payments[text_at(item, "end_to_end_id")];
    const auto executions = static_cast<std::uint64_t>(number_at(item, "executions"));
    const std::string status = text_at(item, "status");
    sides.bank_executions += executions;
    if (executions > 0) sides.bank_pence = number_at(item, "amount_minor");
    sides.bank_pending = status != "RJCT" && executions == 0;
  });
  comparison.bank_executed = {static_cast<std::uint64_t>(number_at(books.root(), "executed")),
                              number_at(books.root(), "executed_minor.GBP")};
  comparison.bank_settled = {static_cast<std::uint64_t>(number_at(books.root(), "settled")),
                             number_at(books.root(), "settled_minor.GBP")};
  return payments;
}

Result<void> read_payments(World& world, Payments& payments, Comparison& comparison) {
  return for_each_of(world, "/v1/payments", "", [&](const codec::JsonNode& item) {
    Sides& sides = payments[text_at(item, "end_to_end_id")];
    const std::string status = text_at(item, "status");
    sides.known = true;
    sides.our_pence = number_at(item, "amount.amount");
    sides.our_settled = status == "settled";
    sides.our_executed = sides.our_settled || status == "executed";
    sides.refund = text_at(item, "kind") == "refund";
    ++comparison.states[(sides.refund ? "refunds " : "") + status];
    if (!sides.refund) ++comparison.total;
    comparison.payments_refunded.pence += number_at(item, "refunded_amount");
    if (sides.refund && sides.our_executed) ++comparison.payments_refunded.count;
    if (sides.our_executed) {
      ++comparison.payments_executed.count;
      comparison.payments_executed.pence += sides.our_pence;
    }
    if (sides.our_settled) {
      ++comparison.payments_settled.count;
      comparison.payments_settled.pence += sides.our_pence;
    }
    if (!is_final(status) || text_at(item, "needs_operator") == "yes") {
      ++comparison.unresolved;
      comparison.findings.push_back(fmt::format("{} is {}", text_at(item, "id"), status));
    }
  });
}

Result<void> read_ledger(World& world, Comparison& comparison) {
  return for_each_of(world, "/v1/accounts", "", [&](const codec::JsonNode& item) {
    const std::string name = text_at(item, "name");
    if (name == "client_funds") {
      comparison.ledger_refunded_pence += number_at(item, "balances.debits_posted");
      comparison.ledger_executed_pence +=
          number_at(item, "balances.credits_posted") + number_at(item, "balances.debits_posted");
      comparison.ledger_pending_pence +=
          number_at(item, "balances.credits_pending") + number_at(item, "balances.debits_pending");
    } else if (name == "settlement_bank") {
      comparison.ledger_settled_pence +=
          number_at(item, "balances.debits_posted") + number_at(item, "balances.credits_posted");
    }
  });
}

void add(Tally& tally, std::int64_t pence) {
  ++tally.count;
  tally.pence += pence;
}

Result<void> read_facts(World& world, Comparison& comparison) {
  return for_each_of(world, "/v1/events", "", [&comparison](const codec::JsonNode& item) {
    ++comparison.events;
    const std::string type = text_at(item, "type");
    const std::int64_t pence = number_at(item, "data.amount.amount");
    if (type == "payment.settled.v1") add(comparison.facts_settled, pence);
    if (type != "payment.executed.v1") return;
    add(comparison.facts_executed, pence);
    if (text_at(item, "data.kind") == "refund") add(comparison.facts_refunded, pence);
  });
}

/// The last ones may still be on their way, those that were refused for some seconds.
WebhookTally await_webhooks(const WebhookReceiver& receiver, std::uint64_t events) {
  const auto deadline = std::chrono::steady_clock::now() + kWebhookPatience;
  while (receiver.tally().events < events && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return receiver.tally();
}

void judge(const Payments& payments, Comparison& comparison) {
  for (const auto& [id, sides] : payments) {
    if (sides.bank_executions > 1) {
      ++comparison.doubled;
      comparison.findings.push_back(
          fmt::format("{} was executed {} times", id, sides.bank_executions));
    }
    const bool at_bank = sides.bank_executions > 0;
    if (at_bank && sides.refund) add(comparison.bank_refunded, sides.bank_pence);
    if (at_bank != sides.our_executed || (at_bank && sides.bank_pence != sides.our_pence)) {
      ++comparison.lost;
      comparison.findings.push_back(fmt::format("{}: the bank executed {} pence, the ledger {}", id,
                                                at_bank ? sides.bank_pence : 0,
                                                sides.our_executed ? sides.our_pence : 0));
    }
    if (sides.bank_pending) {
      ++comparison.unresolved;
      comparison.findings.push_back(fmt::format("{} is still under way at the bank", id));
    }
  }
  if (comparison.findings.size() > kFindingsMax) comparison.findings.resize(kFindingsMax);
}

std::string pounds(std::int64_t pence) {
  return fmt::format("{}{}.{:02}", pence < 0 ? "-" : "", std::abs(pence) / 100,
                     std::abs(pence) % 100);
}

std::string sign(bool equal) {
  return equal ? "=" : "DIFFERS";
}

}  // namespace

bool Comparison::holds() const {
  return doubled == 0 && lost == 0 && unresolved == 0 && bank_executed == payments_executed &&
         bank_settled == payments_settled && bank_executed == facts_executed &&
         bank_settled == facts_settled && bank_executed.pence == ledger_executed_pence &&
         bank_settled.pence == ledger_settled_pence && ledger_pending_pence == 0 &&
         bank_refunded == payments_refunded && bank_refunded == facts_refunded &&
         bank_refunded.pence == ledger_refunded_pence && webhooks.events == events &&
         webhooks.badly_signed == 0 && webhooks.out_of_order == 0;
}

Result<std::uint64_t> count_open(World& world) {
  std::uint64_t open = 0;
  TRY(for_each_of(world, "/v1/payments", "", [&open](const codec::JsonNode& item) {
    open += is_final(text_at(item, "status")) ? 0 : 1;
  }));
  return open;
}

Result<Comparison> compare(World& world, const WebhookReceiver& receiver) {
  Comparison comparison;
  Payments payments = TRY(read_bank(world, comparison));
  TRY(read_payments(world, payments, comparison));
  TRY(read_ledger(world, comparison));
  TRY(read_facts(world, comparison));
  comparison.webhooks = await_webhooks(receiver, comparison.events);
  judge(payments, comparison);
  return comparison;
}

std::string to_table(const Comparison& comparison) {
  std::string table;
  const auto line = [&table](std::string_view name, const auto&... columns) {
    table += fmt::format("{:<20}", name);
    ((table += fmt::format(" {:>13}", columns)), ...);
  };
  const auto tallies = [&](std::string_view name, const Tally& bank, const Tally& payments,
                           const Tally& facts, std::int64_t ledger_pence) {
    line(name, bank.count, payments.count, facts.count, "");
    table +=
        fmt::format("   {}\n", sign(bank.count == payments.count && bank.count == facts.count));
    line("  amount, GBP", pounds(bank.pence), pounds(payments.pence), pounds(facts.pence),
         pounds(ledger_pence));
    table += fmt::format("   {}\n", sign(bank.pence == payments.pence &&
                                         bank.pence == facts.pence && bank.pence == ledger_pence));
  };
  line("", "bank's books", "payments", "events", "ledger");
  table += "\n";
  tallies("executed", comparison.bank_executed, comparison.payments_executed,
          comparison.facts_executed, comparison.ledger_executed_pence);
  tallies("settled", comparison.bank_settled, comparison.payments_settled, comparison.facts_settled,
          comparison.ledger_settled_pence);
  tallies("of it refunds", comparison.bank_refunded, comparison.payments_refunded,
          comparison.facts_refunded, comparison.ledger_refunded_pence);
  line("still expected, GBP", "", "", "", pounds(comparison.ledger_pending_pence));
  table += fmt::format("   {}\n\n", sign(comparison.ledger_pending_pence == 0));
  for (const auto& [state, count] : comparison.states)
    table += fmt::format("{:<20} {:>13}\n", state, count);
  const WebhookTally& heard = comparison.webhooks;
  table += fmt::format(
      "\nwebhooks  {} events, {} delivered   {}\n"
      "          {} attempts refused, {} repeated, badly signed {}, out of order {}\n",
      comparison.events, heard.events, sign(heard.events == comparison.events), heard.refused,
      heard.repeated, heard.badly_signed, heard.out_of_order);
  table += fmt::format("\ndoubled {}   lost {}   unresolved {}\n", comparison.doubled,
                       comparison.lost, comparison.unresolved);
  for (const std::string& finding : comparison.findings) table += "  " + finding + "\n";
  return table;
}

std::string to_json(const Comparison& comparison) {
  const auto tally = [](const Tally& one) {
    return fmt::format(R"({{"count":{},"pence":{}}})", one.count, one.pence);
  };
  std::vector<std::string> states;
  for (const auto& [state, count] : comparison.states)
    states.push_back(fmt::format("\"{}\":{}", state, count));
  return fmt::format(
      R"({{"holds":{},"payments":{},"bank_executed":{},"payments_executed":{},"facts_executed":{},)"
      R"("ledger_executed_pence":{},)"
      R"("bank_settled":{},"payments_settled":{},"facts_settled":{},)"
      R"("ledger_settled_pence":{},"bank_refunded":{},"payments_refunded":{},"facts_refunded":{},)"
      R"("ledger_refunded_pence":{},"ledger_pending_pence":{},"states":{{{}}},"events":{},)"
      R"("webhooks":{{"events":{},"repeated":{},"refused":{},"badly_signed":{},"out_of_order":{}}},)"
      R"("doubled":{},"lost":{},"unresolved":{},"findings":{}}})",
      comparison.holds(), comparison.total, tally(comparison.bank_executed),
      tally(comparison.payments_executed), tally(comparison.facts_executed),
      comparison.ledger_executed_pence, tally(comparison.bank_settled),
      tally(comparison.payments_settled), tally(comparison.facts_settled),
      comparison.ledger_settled_pence, tally(comparison.bank_refunded),
      tally(comparison.payments_refunded), tally(comparison.facts_refunded),
      comparison.ledger_refunded_pence, comparison.ledger_pending_pence, fmt::join(states, ","),
      comparison.events, comparison.webhooks.events, comparison.webhooks.repeated,
      comparison.webhooks.refused, comparison.webhooks.badly_signed,
      comparison.webhooks.out_of_order, comparison.doubled, comparison.lost, comparison.unresolved,
      codec::to_json(comparison.findings));
}

}  // namespace remit::app
