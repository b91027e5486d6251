#include "app/admin_client.h"
#include "app/client/webhook_deliveries.h"
#include "app/commands.h"
#include "app/enum_names.h"
#include "kit/base/codec/json.h"
#include "kit/net/router.h"
#include "pay/webhooks/endpoints/webhook_request.h"

#include <algorithm>

/// `remit webhooks`: the endpoints of a client, by the API.
namespace remit::app {
namespace {

using webhooks::SignatureScheme;

struct Options {
  std::shared_ptr<ApiOptions> api = std::make_shared<ApiOptions>();
  std::string id;
  std::string url;
  std::vector<std::string> event_types;
  bool all_event_types = false;
  std::optional<std::string> description;
  std::string scheme;
  std::optional<std::uint32_t> overlap_seconds;
  bool enable = false;
  bool disable = false;
};

std::string path_of(const Options& options, std::string_view rest = {}) {
  return fmt::format("/v1/webhook_endpoints/{}{}", net::percent_encode(options.id), rest);
}

std::optional<SignatureScheme> scheme_of(const Options& options) {
  if (options.scheme.empty()) return std::nullopt;
  return options.scheme == codec::json_name(SignatureScheme::Ed25519) ? SignatureScheme::Ed25519
                                                                      : SignatureScheme::HmacSha256;
}

/// Of what was made or given a new secret: for a person, the id and the newest key, a line each.
void print_with_key(const std::string& body, bool json) {
  const auto document = codec::JsonDocument::parse(body, {});
  const codec::JsonNode* keys = document ? document->root().find("keys") : nullptr;
  const bool has_key = keys != nullptr && keys->kind == codec::JsonKind::Array && keys->count > 0;
  if (json || !has_key) return print(body + "\n");
  print(fmt::format("{}\n{}\n", text_at(document->root(), "id"), text_at(*keys->first(), "key")));
}

int create(const Options& options) {
  webhooks::CreateEndpointRequest asked{.url = options.url,
                                        .event_types = {},
                                        .description = options.description,
                                        .scheme = scheme_of(options)};
  if (!options.event_types.empty()) asked.event_types = options.event_types;
  return with_api(*options.api, [&](ApiSession& api) -> Result<void> {
    print_with_key(TRY(api.change("POST", "/v1/webhook_endpoints", codec::to_json(asked))),
                   options.api->json);
    return {};
  });
}

int update(const Options& options) {
  webhooks::UpdateEndpointRequest asked{
      .url = {}, .event_types = {}, .description = options.description, .enabled = {}};
  if (!options.url.empty()) asked.url = options.url;
  if (!options.event_types.empty()) asked.event_types = options.event_types;
  if (options.all_event_types) asked.event_types = std::vector<std::string>();
  if (options.enable || options.disable) asked.enabled = options.enable;
  if (!asked.url && !asked.event_types && !asked.description && !asked.enabled) {
    return report_misuse({ErrorCode::InvalidArgument,
                          "nothing_to_change",
                          "Say what changes: --url, --event-type, --description, --enable ...",
                          {},
                          nullptr},
                         options.api->json);
  }
  return with_api(*options.api, [&](ApiSession& api) -> Result<void> {
    print_id(TRY(api.change("PATCH", path_of(options), codec::to_json(asked))), options.api->json);
    return {};
  });
}

int remove(const Options& options) {
  return with_api(*options.api, [&](ApiSession& api) -> Result<void> {
    print_id(TRY(api.change("DELETE", path_of(options), {})), options.api->json);
    return {};
  });
}

int rotate(const Options& options) {
  const webhooks::RotateSecretRequest asked{scheme_of(options), options.overlap_seconds};
  return with_api(*options.api, [&](ApiSession& api) -> Result<void> {
    print_with_key(
        TRY(api.change("POST", path_of(options, "/rotate_secret"), codec::to_json(asked))),
        options.api->json);
    return {};
  });
}

int show_list(const Options& options, const std::string& path, const std::vector<Column>& columns) {
  return with_api(*options.api, [&](ApiSession& api) -> Result<void> {
    print_page(TRY(api.read(path)), options.api->json, columns);
    return {};
  });
}

int show(const Options& options) {
  return with_api(*options.api, [&](ApiSession& api) -> Result<void> {
    print(TRY(api.read(path_of(options))) + "\n");
    return {};
  });
}

CLI::App* add_of_endpoint(CLI::App& command, const std::shared_ptr<Options>& options,
                          const char* name, const char* text) {
  CLI::App* sub = command.add_subcommand(name, text);
  sub->add_option("endpoint", options->id, "whe_...")->required();
  return sub;
}

void add_changes(CLI::App& command, const std::shared_ptr<Options>& options, int& exit) {
  const auto settings = [&](CLI::App& sub) {
    sub.add_option("--event-type", options->event_types,
                   "payment.settled.v1, or the start of some with a *; may be given several times");
    sub.add_option("--description", options->description, "For yourself");
    add_idempotency_key(sub, *options->api);
  };
  const auto scheme = [&](CLI::App& sub) {
    sub.add_option("--scheme", options->scheme, "How deliveries are signed")
        ->check(CLI::IsMember(enum_names<SignatureScheme>()));
  };
  CLI::App* make = command.add_subcommand(
      "create", "Opens an endpoint, and prints its id and the secret that verifies deliveries.");
  make->add_option("url", options->url, "Where events are posted to")->required();
  settings(*make);
  scheme(*make);
  make->callback([options, &exit] { exit = create(*options); });
  CLI::App* change =
      add_of_endpoint(command, options, "update",
                      "Changes, disables or enables an endpoint; what is left out stays.");
  change->add_option("--url", options->url, "Where events are posted to");
  settings(*change);
  change->add_flag("--all-event-types", options->all_event_types, "Everything again")
      ->excludes("--event-type");
  CLI::Option* enable = change->add_flag("--enable", options->enable, "Delivers from now on");
  change->add_flag("--disable", options->disable, "What happens meanwhile is not delivered")
      ->excludes(enable);
  change->callback([options, &exit] { exit = update(*options); });
  CLI::App* end = add_of_endpoint(command, options, "delete", "Deletes an endpoint for good.");
  add_idempotency_key(*end, *options->api);
  end->callback([options, &exit] { exit = remove(*options); });
  CLI::App* renew = add_of_endpoint(command, options, "rotate-secret",
                                    "Gives an endpoint a new secret and prints its id and the "
                                    "secret. The old one goes on signing "
                                    "for a while.");
  renew->add_option("--overlap", options->overlap_seconds,
                    "Seconds for which it does; a day by default");
  scheme(*renew);
  add_idempotency_key(*renew, *options->api);
  renew->callback([options, &exit] { exit = rotate(*options); });
}

}  // namespace

void add_webhooks(CLI::App& program, int& exit) {
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand(
      "webhooks",
      "URLs that are told what happens, and what was delivered to them. By the API: needs an API "
      "key. The operator's side is `remit flows` and `remit deadletters`.");
  command->require_subcommand(1);
  command->fallthrough();
  add_api_options(*command, *options->api);
  command->add_subcommand("list", "All endpoints, oldest first.")->callback([options, &exit] {
    exit = show_list(*options, "/v1/webhook_endpoints",
                     {{"ENDPOINT", "id"},
                      {"STATUS", "status"},
                      {"URL", "url"},
                      {"EVENT TYPES", "event_types"},
                      {"DISABLED BECAUSE", "disabled_because"},
                      {"SINCE", "created_at"}});
  });
  add_of_endpoint(*command, options, "show", "One of them, as JSON.")->callback([options, &exit] {
    exit = show(*options);
  });
  add_of_endpoint(*command, options, "keys", "The secrets that sign now, newest first.")
      ->callback([options, &exit] {
        exit = show_list(*options, path_of(*options, "/keys"),
                         {{"ID", "id"},
                          {"SCHEME", "scheme"},
                          {"KEY", "key"},
                          {"SINCE", "created_at"},
                          {"UNTIL", "expires_at"}});
      });
  add_changes(*command, options, exit);
  add_webhook_deliveries(*command, options->api, exit);
}

}  // namespace remit::app
