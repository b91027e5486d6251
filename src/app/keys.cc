#include "app/admin_client.h"
#include "app/commands.h"
#include "kit/base/codec/json.h"

namespace remit::app {
namespace {

struct Options {
  std::string data = "remit-data";
  bool json = false;
  std::string client;
};

int rotate(const Options& options, std::string_view path, std::string body) {
  const auto answer = ask_admin(options.data, "POST", path, std::move(body));
  if (!answer) return report(answer.error(), options.json);
  const auto document = codec::JsonDocument::parse(*answer, {});
  const codec::JsonNode* owners = document ? document->root().find("owners") : nullptr;
  if (options.json || owners == nullptr) {
    print(*answer + "\n");
  } else {
    print(fmt::format("done for {} clients\n", text_at(document->root(), "owners")));
  }
  return 0;
}

}  // namespace

void add_keys(CLI::App& program, int& exit) {
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand(
      "keys", "Replaces the keys that seal tokens and personal data, of a running server.");
  command->require_subcommand(1);
  add_admin_options(*command, options->data, options->json);
  CLI::App* data_keys = command->add_subcommand(
      "rotate", "A new key for each client: it seals from now on, the old ones go on opening.");
  data_keys->add_option("--client", options->client, "Of this client alone");
  data_keys->callback([options, &exit] {
    const std::string body = options->client.empty() ? "{}"
                                                     : fmt::format(R"({{"client":{}}})",
                                                                   codec::to_json(options->client));
    exit = rotate(*options, "/admin/data-keys/rotate", body);
  });
  command
      ->add_subcommand("rotate-master",
                       "A new master key, which wraps the clients' keys; the old is forgotten.")
      ->callback([options, &exit] { exit = rotate(*options, "/admin/master-key/rotate", "{}"); });
}

}  // namespace remit::app
