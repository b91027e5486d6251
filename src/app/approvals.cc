#include "app/admin_client.h"
#include "app/commands.h"
#include "app/table.h"
#include "kit/base/codec/json.h"
#include "kit/net/router.h"

/// `remit approvals`: the second pair of eyes on what operators do to money.
namespace remit::app {
namespace {

struct Options {
  std::string data = "remit-data";
  bool json = false;
  std::string id;
  std::string because;
  std::string status = "waiting";
};

int list(const Options& options) {
  const auto body = ask_admin(
      options.data, "GET",
      options.status == "all" ? "/admin/approvals" : "/admin/approvals?status=" + options.status);
  if (!body) return report(body.error(), options.json);
  return print_items(*body, options.json,
                     {{"APPROVAL", "id"},
                      {"ACT", "act"},
                      {"ON", "on"},
                      {"STATUS", "status"},
                      {"ASKED BY", "requested_by"},
                      {"AT", "requested_at"},
                      {"DECIDED BY", "decided_by"},
                      {"BECAUSE", "because"}});
}

int show(const Options& options) {
  const auto body =
      ask_admin(options.data, "GET", "/admin/approvals/" + net::percent_encode(options.id));
  if (!body) return report(body.error(), options.json);
  print(*body + "\n");
  return 0;
}

int decide(const Options& options, std::string_view verb) {
  const auto body =
      ask_admin(options.data, "POST",
                fmt::format("/admin/approvals/{}/{}", net::percent_encode(options.id), verb),
                fmt::format("{{\"because\":{}}}", codec::to_json(options.because)));
  if (!body) return report(body.error(), options.json);
  if (options.json) print(*body + "\n");
  return 0;
}

}  // namespace

int report_act(const std::string& answer, bool json) {
  if (json) {
    print(answer + "\n");
    return 0;
  }
  const auto document = codec::JsonDocument::parse(answer, {});
  const std::string id = document ? text_at(document->root(), "id") : "";
  if (id.starts_with("apr_")) {
    print(
        fmt::format("Asked for as {0}. Nothing is done until another operator says:\n"
                    "  remit approvals approve {0}\n",
                    id));
  }
  return 0;
}

void add_approvals(CLI::App& program, int& exit) {
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand(
      "approvals", "What operators asked to do to money, for another operator to approve.");
  command->require_subcommand(1);
  add_admin_options(*command, options->data, options->json);
  CLI::App* listing = command->add_subcommand("list", "Oldest first.");
  listing->add_option("--status", options->status, "Only those, or all")
      ->check(CLI::IsMember({"waiting", "approved", "rejected", "all"}))
      ->capture_default_str();
  listing->callback([options, &exit] { exit = list(*options); });
  CLI::App* one = command->add_subcommand("show", "One of them with all its details, as JSON.");
  one->add_option("id", options->id, "apr_...")->required();
  one->callback([options, &exit] { exit = show(*options); });
  CLI::App* approve = command->add_subcommand(
      "approve", "Does it, in the same moment. Not by the one who asked for it.");
  approve->add_option("id", options->id, "apr_...")->required();
  approve->add_option("--because", options->because, "For the journal");
  approve->callback([options, &exit] { exit = decide(*options, "approve"); });
  CLI::App* reject =
      command->add_subcommand("reject", "Does it not; also for the one who asked for it.");
  reject->add_option("id", options->id, "apr_...")->required();
  reject->add_option("--because", options->because, "For the journal")->required();
  reject->callback([options, &exit] { exit = decide(*options, "reject"); });
}

}  // namespace remit::app
