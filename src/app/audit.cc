#include "app/admin_client.h"
#include "app/commands.h"
#include "app/table.h"
#include "kit/base/codec/json.h"
#include "kit/net/router.h"

#include <algorithm>
#include <optional>
#include <utility>

/// `remit audit list`: what people did, read from the journal itself.
namespace remit::app {
namespace {

struct Options {
  std::string data = "remit-data";
  bool json = false;
  std::string since;
  std::string by;
  std::string client;
};

struct Line {
  std::optional<Timestamp> time;
  /// Where it was read: acts of the same instant stay in the order of their journal.
  std::size_t position = 0;
  std::string json;
};

/// All of one partition, a stretch of its journal at a time.
Result<void> read_partition(const Options& options, std::uint64_t partition,
                            std::vector<Line>& lines) {
  std::string filter;
  for (const auto& [name, value] :
       {std::pair{"by", &options.by}, std::pair{"client", &options.client}}) {
    if (!value->empty()) filter += fmt::format("&{}={}", name, net::percent_encode(*value));
  }
  // Only the first stretch is looked for by time; the next ones follow on.
  std::string from = options.since.empty() ? "1" : "1&since=" + net::percent_encode(options.since);
  while (from != "0") {
    const std::string body =
        TRY(ask_admin(options.data, "GET",
                      fmt::format("/admin/audit?partition={}&from={}{}", partition, from, filter)));
    const auto document = TRY(codec::JsonDocument::parse(
        body, {.bytes_max = 64UL * 1024 * 1024, .members_max = 10'000'000}));
    const codec::JsonNode& items = *document.root().find("data");
    const codec::JsonNode* item = items.count == 0 ? nullptr : items.first();
    for (std::uint32_t i = 0; i < items.count; ++i, item = item->next()) {
      lines.push_back({from_rfc3339(text_at(*item, "time")), lines.size(), print_json(*item)});
    }
    from = text_at(document.root(), "next");
  }
  return {};
}

Result<std::string> read_all(const Options& options) {
  const std::string status = TRY(ask_admin(options.data, "GET", "/admin/status"));
  const auto document = TRY(codec::JsonDocument::parse(status, {}));
  std::vector<Line> lines;
  for (std::uint64_t i = 0; i < document.root().find("partitions")->count; ++i) {
    TRY(read_partition(options, i, lines));
  }
  std::ranges::sort(lines, {},
                    [](const Line& line) { return std::pair(line.time, line.position); });
  std::vector<std::string> items;
  items.reserve(lines.size());
  for (Line& line : lines) items.push_back(std::move(line.json));
  return fmt::format(R"({{"data":[{}]}})", fmt::join(items, ","));
}

int list(const Options& options) {
  const auto body = read_all(options);
  if (!body) return report(body.error(), options.json);
  return print_items(*body, options.json,
                     {{"TIME", "time"},
                      {"BY", "by"},
                      {"ACT", "act"},
                      {"ON", "on"},
                      {"CLIENT", "client"},
                      {"WITH", "data"}});
}

}  // namespace

void add_audit(CLI::App& program, int& exit) {
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand(
      "audit",
      "What people did to a running server, by the journal, which nobody can change unseen.");
  command->require_subcommand(1);
  add_admin_options(*command, options->data, options->json);
  CLI::App* listing = command->add_subcommand("list", "Oldest first.");
  listing->add_option("--since", options->since, "RFC 3339");
  listing->add_option("--by", options->by,
                      "alice, or any actor: key:key_..., flow:submit_payments, timer, payer; all "
                      "people by default");
  listing->add_option("--client", options->client, "cli_...: what it concerned");
  listing->callback([options, &exit] { exit = list(*options); });
}

}  // namespace remit::app
