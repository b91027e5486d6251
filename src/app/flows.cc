#include "app/admin_client.h"
#include "app/commands.h"
#include "app/table.h"
#include "kit/base/codec/json.h"
#include "kit/net/router.h"

namespace remit::app {
namespace {

struct Options {
  std::string data = "remit-data";
  bool json = false;
  std::string name;
  bool all = false;
  std::uint32_t rate = 0;
};

int show(const Options& options, std::string_view path, const std::vector<Column>& columns) {
  const auto body = ask_admin(options.data, "GET", path);
  if (!body) return report(body.error(), options.json);
  return print_items(*body, options.json, columns);
}

int list(const Options& options) {
  return show(options, "/admin/flows",
              {{"FLOW", "name"},
               {"PAUSED", "paused"},
               {"LAG", "lag_records"},
               {"SECONDS", "lag_seconds"},
               {"IN FLIGHT", "in_flight"},
               {"IN TROUBLE", "keys_in_trouble"},
               {"DONE", "records_finished"},
               {"RETRIES", "retries"},
               {"DEAD", "dead_letters"},
               {"STANDS STILL BECAUSE", "trouble"}});
}

int troubles(const Options& options) {
  return show(options, "/admin/troubles",
              {{"FLOW", "flow"},
               {"KEY", "key"},
               {"STATUS", "status"},
               {"ATTEMPTS", "attempts"},
               {"DUE", "due"},
               {"CAUSE", "cause"}});
}

int tell(const Options& options, std::string_view verb, std::string body) {
  const auto answer = ask_admin(
      options.data, "POST",
      fmt::format("/admin/flows/{}/{}", net::percent_encode(options.name), verb), std::move(body));
  if (!answer) return report(answer.error(), options.json);
  if (options.json) print(*answer + "\n");
  return 0;
}

/// Those that act on the world, one after another; lists are nobody's business.
Result<std::vector<std::string>> acting_flows(const Options& options) {
  const std::string body = TRY(ask_admin(options.data, "GET", "/admin/flows"));
  const auto document = TRY(codec::JsonDocument::parse(body, {}));
  const codec::JsonNode& items = *document.root().find("data");
  std::vector<std::string> names;
  const codec::JsonNode* item = items.count == 0 ? nullptr : items.first();
  for (std::uint32_t i = 0; i < items.count; ++i, item = item->next()) {
    if (text_at(*item, "derived") == "no") names.push_back(text_at(*item, "name"));
  }
  return names;
}

int tell_some(const Options& options, std::string_view verb) {
  if (options.all != options.name.empty()) {
    return report_misuse(
        {ErrorCode::InvalidArgument, "flow_missing", "Name a flow, or --all.", {}, nullptr},
        options.json);
  }
  if (!options.all) return tell(options, verb, {});
  const auto names = acting_flows(options);
  if (!names) return report(names.error(), options.json);
  for (const std::string& name : *names) {
    const auto answer = ask_admin(
        options.data, "POST", fmt::format("/admin/flows/{}/{}", net::percent_encode(name), verb));
    if (!answer) return report(answer.error(), options.json);
  }
  print(options.json ? codec::to_json(*names) + "\n"
                     : fmt::format("{}\n", fmt::join(*names, "\n")));
  return 0;
}

}  // namespace

void add_flows(CLI::App& program, int& exit) {
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand(
      "flows", "Lists, pauses, resumes and throttles the flows of a running server.");
  command->require_subcommand(1);
  add_admin_options(*command, options->data, options->json);
  command->add_subcommand("list", "All flows with their lag.")->callback([options, &exit] {
    exit = list(*options);
  });
  command->add_subcommand("troubles", "What could not be finished yet, and why.")
      ->callback([options, &exit] { exit = troubles(*options); });
  const auto verb = [&](const char* name, const char* text) {
    CLI::App* sub = command->add_subcommand(name, text);
    sub->add_option("flow", options->name, "Its name")->required();
    return sub;
  };
  for (const auto& [word, text] :
       {std::pair{"pause", "Takes no new records; what is under way is finished."},
        std::pair{"resume", "Goes on where it paused."}}) {
    CLI::App* sub = command->add_subcommand(word, text);
    sub->add_option("flow", options->name, "Its name");
    sub->add_flag("--all", options->all, "All that act on the world: banks and webhooks");
    sub->callback([options, &exit, said = std::string(word)] { exit = tell_some(*options, said); });
  }
  verb("rebuild", "Makes a read model anew from the first event.")->callback([options, &exit] {
    exit = tell(*options, "rebuild", {});
  });
  CLI::App* throttle = verb("throttle", "At most so many records a second.");
  throttle->add_option("--rate", options->rate, "Records a second; 0 lifts it")->required();
  throttle->callback([options, &exit] {
    exit =
        tell(*options, "throttle", fmt::format("{{\"records_per_second_max\":{}}}", options->rate));
  });
}

}  // namespace remit::app
