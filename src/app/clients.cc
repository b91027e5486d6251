#include "app/admin_client.h"
#include "app/commands.h"
#include "app/enum_names.h"
#include "app/table.h"
#include "kit/base/check.h"
#include "kit/base/codec/json.h"
#include "kit/net/router.h"
#include "pay/api/caller.h"

namespace remit::app {
namespace {

struct Options {
  std::string data = "remit-data";
  bool json = false;
  std::string name;
  std::string id;
  bool live = false;
  std::vector<std::string> scopes;
  std::string expires_at;
  std::uint32_t grace_hours = 24;
  std::optional<std::uint32_t> per_second;
  std::uint32_t burst = 0;
  bool use_default = false;
};

int tell(const Options& options, const std::string& path, std::string body,
         std::string_view shown) {
  const auto answer = ask_admin(options.data, "POST", path, std::move(body));
  if (!answer) return report(answer.error(), options.json);
  const auto document = codec::JsonDocument::parse(*answer, {});
  CHECK(document.has_value(), "the server's answer does not parse");
  print((options.json ? *answer : text_at(document->root(), shown)) + "\n");
  return 0;
}

int show(const Options& options, const std::string& path, const std::vector<Column>& columns) {
  const auto answer = ask_admin(options.data, "GET", path);
  if (!answer) return report(answer.error(), options.json);
  return print_items(*answer, options.json, columns);
}

int add_key(const Options& options) {
  std::string body = fmt::format("{{\"live\":{}", options.live);
  if (!options.scopes.empty()) body += ",\"scopes\":" + codec::to_json(options.scopes);
  if (!options.expires_at.empty()) body += ",\"expires_at\":" + codec::to_json(options.expires_at);
  return tell(options, fmt::format("/admin/clients/{}/keys", net::percent_encode(options.id)),
              body + "}", "key");
}

int rotate_key(const Options& options) {
  const std::chrono::microseconds grace = std::chrono::hours(options.grace_hours);
  std::string body = fmt::format("{{\"grace\":{}", grace.count());
  if (!options.expires_at.empty()) body += ",\"expires_at\":" + codec::to_json(options.expires_at);
  return tell(options, fmt::format("/admin/keys/{}/rotate", net::percent_encode(options.id)),
              body + "}", "key");
}

int limit(const Options& options) {
  if (options.per_second.has_value() == options.use_default) {
    return report_misuse({ErrorCode::InvalidArgument,
                          "limit_missing",
                          "Give --per-second (0 lifts the limit), or --default.",
                          {},
                          nullptr},
                         options.json);
  }
  std::string body = "{}";
  if (options.per_second) {
    const std::uint32_t burst = options.burst != 0 ? options.burst : *options.per_second;
    body = fmt::format(R"({{"limit":{{"per_second_max":{},"burst_max":{}}}}})", *options.per_second,
                       burst);
  }
  const std::string_view kind = options.id.starts_with("key_") ? "keys" : "clients";
  return tell(options, fmt::format("/admin/{}/{}/limit", kind, net::percent_encode(options.id)),
              body, "id");
}

void add_changes_of_keys(CLI::App& command, const std::shared_ptr<Options>& options, int& exit) {
  CLI::App* revoke = command.add_subcommand("revoke-key", "Closes a key for good.");
  revoke->add_option("key", options->id, "key_...")->required();
  revoke->callback([options, &exit] {
    exit = tell(*options, fmt::format("/admin/keys/{}/revoke", net::percent_encode(options->id)),
                {}, "id");
  });
  CLI::App* rotate = command.add_subcommand(
      "rotate-key",
      "Makes a key in place of another and prints it, once. The old one goes on for a while.");
  rotate->add_option("key", options->id, "key_...")->required();
  rotate
      ->add_option("--grace-hours", options->grace_hours, "How long the old one goes on, 0 to 2160")
      ->capture_default_str();
  rotate->add_option("--expires-at", options->expires_at,
                     "RFC 3339; by default it lives as long as the old one was to live");
  rotate->callback([options, &exit] { exit = rotate_key(*options); });
  CLI::App* limiting = command.add_subcommand(
      "limit", "How many requests a key, or all keys of a client together, may make.");
  limiting->add_option("client-or-key", options->id, "cli_... or key_...")->required();
  limiting->add_option("--per-second", options->per_second, "Requests a second; 0: as they like");
  limiting->add_option("--burst", options->burst, "At once after a pause; as --per-second");
  limiting->add_flag("--default", options->use_default, "The configured limit again");
  limiting->callback([options, &exit] { exit = limit(*options); });
}

}  // namespace

void add_clients(CLI::App& program, int& exit) {
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand("clients", "Who uses the API, and with which keys.");
  command->require_subcommand(1);
  add_admin_options(*command, options->data, options->json);
  CLI::App* create = command->add_subcommand("create", "Makes a client and prints its id.");
  create->add_option("name", options->name, "1 to 128 bytes")->required();
  create->callback([options, &exit] {
    exit = tell(*options, "/admin/clients",
                fmt::format("{{\"name\":{}}}", codec::to_json(options->name)), "id");
  });
  CLI::App* key = command->add_subcommand(
      "add-key", "Makes an API key and prints it, once: only its hash is kept.");
  key->add_option("client", options->id, "cli_...")->required();
  key->add_flag("--live", options->live, "Moves real money");
  key->add_option("--scope", options->scopes,
                  "May be given several times; all but admin by default")
      ->check(CLI::IsMember(enum_names<api::Scope>()));
  key->add_option("--expires-at", options->expires_at, "RFC 3339; never by default");
  key->callback([options, &exit] { exit = add_key(*options); });
  command->add_subcommand("list", "All of them, oldest first.")->callback([options, &exit] {
    exit = show(*options, "/admin/clients",
                {{"CLIENT", "id"},
                 {"NAME", "name"},
                 {"STATUS", "status"},
                 {"SINCE", "created_at"},
                 {"PER SECOND", "limit.per_second_max"}});
  });
  CLI::App* keys = command->add_subcommand("keys", "The keys of a client, closed ones included.");
  keys->add_option("client", options->id, "cli_...")->required();
  keys->callback([options, &exit] {
    exit = show(*options, fmt::format("/admin/clients/{}/keys", net::percent_encode(options->id)),
                {{"KEY", "id"},
                 {"MODE", "mode"},
                 {"SINCE", "created_at"},
                 {"UNTIL", "expires_at"},
                 {"LAST USED", "last_used_at"},
                 {"PER SECOND", "limit.per_second_max"},
                 {"REVOKED", "revoked"},
                 {"REPLACED BY", "replaced_by"}});
  });
  for (const char* verb : {"suspend", "activate"}) {
    CLI::App* change = command->add_subcommand(
        verb, std::string(verb) == "suspend" ? "None of its keys opens anything from now on."
                                             : "Its keys open again what they opened.");
    change->add_option("client", options->id, "cli_...")->required();
    change->callback([options, &exit, verb] {
      exit = tell(*options,
                  fmt::format("/admin/clients/{}/{}", net::percent_encode(options->id), verb), "{}",
                  "id");
    });
  }
  add_changes_of_keys(*command, options, exit);
}

}  // namespace remit::app
