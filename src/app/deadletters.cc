#include "app/admin_client.h"
#include "app/commands.h"
#include "app/table.h"
#include "kit/base/check.h"
#include "kit/base/codec/json.h"
#include "kit/net/router.h"

namespace remit::app {
namespace {

struct Options {
  std::string data = "remit-data";
  bool json = false;
  std::string id;
  std::string because;
  std::string status = "open";
};

int list(const Options& options) {
  const auto body =
      ask_admin(options.data, "GET",
                options.status == "all" ? "/admin/deadletters"
                                        : "/admin/deadletters?status=" + options.status);
  if (!body) return report(body.error(), options.json);
  return print_items(*body, options.json,
                     {{"DEAD LETTER", "id"},
                      {"FLOW", "flow"},
                      {"KEY", "key"},
                      {"RECORD", "record_type"},
                      {"ATTEMPTS", "attempts"},
                      {"REASON", "reason"},
                      {"STATUS", "status"},
                      {"SINCE", "created_at"}});
}

int show(const Options& options) {
  const auto body =
      ask_admin(options.data, "GET", "/admin/deadletters/" + net::percent_encode(options.id));
  if (!body) return report(body.error(), options.json);
  print(*body + "\n");
  return 0;
}

int close(const Options& options, std::string_view verb) {
  const auto body =
      ask_admin(options.data, "POST",
                fmt::format("/admin/deadletters/{}/{}", net::percent_encode(options.id), verb),
                fmt::format("{{\"because\":{}}}", codec::to_json(options.because)));
  if (!body) return report(body.error(), options.json);
  return report_act(*body, options.json);
}

}  // namespace

void add_deadletters(CLI::App& program, int& exit) {
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand(
      "deadletters", "Records that failed for good: look, redrive, discard.");
  command->require_subcommand(1);
  add_admin_options(*command, options->data, options->json);
  CLI::App* listing = command->add_subcommand("list", "Oldest first.");
  listing->add_option("--status", options->status, "Only those, or all")
      ->check(CLI::IsMember({"open", "redriven", "discarded", "all"}))
      ->capture_default_str();
  listing->callback([options, &exit] { exit = list(*options); });
  CLI::App* one = command->add_subcommand("show", "One of them, as JSON.");
  one->add_option("id", options->id, "dlq_...")->required();
  one->callback([options, &exit] { exit = show(*options); });
  for (const auto& [verb, text] :
       {std::pair{"redrive", "Handles the record again, in its place in the order of its key."},
        std::pair{"discard", "Gives it up; what waits behind it goes on."}}) {
    CLI::App* sub = command->add_subcommand(verb, text);
    sub->add_option("id", options->id, "dlq_...")->required();
    sub->add_option("--because", options->because, "For the journal")->required();
    sub->callback([options, &exit, word = std::string(verb)] { exit = close(*options, word); });
  }
}

}  // namespace remit::app
