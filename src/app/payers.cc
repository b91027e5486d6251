#include "app/client/api_options.h"
#include "app/commands.h"
#include "kit/net/router.h"

#include <fmt/format.h>

/// `remit payers`: by the public API, for whoever has a key of the client whose payers they are.
namespace remit::app {
namespace {

std::string path_of(const std::string& id) {
  return "/v1/payers/" + net::percent_encode(id);
}

int show(const ApiOptions& options, const std::string& id) {
  return with_api(options, [&](ApiSession& api) -> Result<void> {
    print(TRY(api.read(path_of(id))) + "\n");
    return {};
  });
}

/// Every one of them, also where another fails: the rest can be asked for again, and nothing is erased twice.
int erase(const ApiOptions& options, const std::vector<std::string>& ids) {
  int exit = 0;
  for (const std::string& id : ids) {
    const int one = with_api(options, [&](ApiSession& api) -> Result<void> {
      print_id(TRY(api.change("DELETE", path_of(id), {}, id)), options.json);
      return {};
    });
    exit = std::max(exit, one);
  }
  return exit;
}

}  // namespace

void add_payers(CLI::App& program, int& exit) {
  auto options = std::make_shared<ApiOptions>();
  CLI::App* command = program.add_subcommand(
      "payers", "The people at the other end of your payments, by the API with an API key.");
  command->require_subcommand(1);
  command->fallthrough();
  add_api_options(*command, *options);
  auto id = std::make_shared<std::string>();
  CLI::App* one = command->add_subcommand("show", "One of them, as JSON: nothing personal.");
  one->add_option("id", *id, "payer_..., as payments tell it")->required();
  one->callback([options, id, &exit] { exit = show(*options, *id); });
  auto ids = std::make_shared<std::vector<std::string>>();
  CLI::App* forget = command->add_subcommand(
      "erase",
      "For good: destroys the keys with which everything personal of their payments is sealed.");
  forget->add_option("ids", *ids, "payer_...; one or more")->required();
  add_idempotency_key(*forget, *options);
  forget->callback([options, ids, &exit] { exit = erase(*options, *ids); });
}

}  // namespace remit::app
