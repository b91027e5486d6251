#include "app/admin_client.h"
#include "app/commands.h"
#include "app/table.h"

namespace remit::app {
namespace {

struct Options {
  std::string data = "remit-data";
  bool json = false;
  std::string name;
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
      options.data, "POST", fmt::format("/admin/flows/{}/{}", options.name, verb), std::move(body));
  if (!answer) return report(answer.error(), options.json);
  if (options.json) print(*answer + "\n");
  return 0;
}

}  // namespace

void add_flows(CLI::App& program, int& exit) {
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand(
      "flows", "Lists, pauses, resumes and throttles the flows of a running server.");
  command->require_subcommand(1);
  command->add_option("--data", options->data, "Data directory of the server")
      ->capture_default_str();
  command->add_flag("--json", options->json, "Prints JSON");
  command->fallthrough();
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
  verb("pause", "Takes no new records; what is under way is finished.")->callback([options, &exit] {
    exit = tell(*options, "pause", {});
  });
  verb("resume", "Goes on where it paused.")->callback([options, &exit] {
    exit = tell(*options, "resume", {});
  });
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
