#include "app/client/webhook_deliveries.h"

#include "app/admin_client.h"
#include "app/client/await_payment.h"
#include "app/commands.h"
#include "app/enum_names.h"
#include "kit/base/codec/json.h"
#include "kit/net/router.h"
#include "pay/webhooks/delivery.h"
#include "pay/webhooks/endpoints/webhook_request.h"

#include <charconv>

namespace remit::app {
namespace {

struct Options {
  std::string id;
  PageOptions page;
  std::string status;
  std::string event;
  std::string subject;
  std::string event_type;
  std::string since;
  std::string until;
};

int list(const ApiOptions& options, const Options& wanted) {
  return with_api(options, [&](ApiSession& api) -> Result<void> {
    const std::string query =
        query_of(wanted.page,
                 {{"status", wanted.status}, {"event", wanted.event}, {"subject", wanted.subject}});
    const std::string path =
        fmt::format("/v1/webhook_endpoints/{}/deliveries{}", net::percent_encode(wanted.id), query);
    print_page(TRY(api.read(path)), options.json,
               {{"DELIVERY", "id"},
                {"STATUS", "status"},
                {"EVENT TYPE", "event_type"},
                {"SUBJECT", "subject"},
                {"ATTEMPTS", "attempt_count"},
                {"NEXT", "next_attempt_at"},
                {"DELIVERED", "delivered_at"}});
    return {};
  });
}

int show(const ApiOptions& options, const Options& wanted) {
  return with_api(options, [&](ApiSession& api) -> Result<void> {
    print(TRY(api.read("/v1/webhook_deliveries/" + net::percent_encode(wanted.id))) + "\n");
    return {};
  });
}

/// What an endpoint is to be told again. Fails with InvalidArgument.
Result<webhooks::ResendRequest> asked_by(const Options& wanted) {
  if (wanted.event.empty() == wanted.since.empty()) {
    return fail(ErrorCode::InvalidArgument, "resend_unclear",
                "Of an endpoint, give --event for one, or --since (and --until) for all of a time "
                "range.");
  }
  webhooks::ResendRequest asked{.event = {},
                                .since = TRY(time_of(wanted.since, "--since")),
                                .until = TRY(time_of(wanted.until, "--until")),
                                .event_type = {},
                                .cursor = {}};
  if (!wanted.event.empty()) {
    asked.event = TypeId::parse(wanted.event);
    if (!asked.event) {
      return fail(ErrorCode::InvalidArgument, "id_invalid",
                  fmt::format("--event {} is no id of the form evt_...", wanted.event));
    }
  }
  if (!wanted.event_type.empty()) asked.event_type = wanted.event_type;
  return asked;
}

/// Each page of a time range is a request of its own under a key of its own, the same when the command is run again.
Result<std::uint64_t> resend_all(ApiSession& api, const std::string& path,
                                 webhooks::ResendRequest asked) {
  std::uint64_t events = 0;
  for (std::uint32_t page = 0;; ++page) {
    const std::string part = page == 0 ? "" : fmt::format("-{}", page);
    const std::string body = TRY(api.change("POST", path, codec::to_json(asked), part));
    const auto answer = TRY(codec::JsonDocument::parse(body, {}));
    const std::string count = text_at(answer.root(), "events");
    std::uint64_t more = 0;
    std::from_chars(count.data(), count.data() + count.size(), more);
    events += more;
    const std::string next = text_at(answer.root(), "next_cursor");
    if (next.empty()) return events;
    asked.cursor = next;
  }
}

int resend(const ApiOptions& options, const Options& wanted) {
  const bool delivery = wanted.id.starts_with("whd_");
  webhooks::ResendRequest asked;
  if (!delivery) {
    const auto made = asked_by(wanted);
    if (!made) return report_misuse(made.error(), options.json);
    asked = *made;
  }
  return with_api(options, [&](ApiSession& api) -> Result<void> {
    const std::string path =
        fmt::format("/v1/webhook_{}/{}/resend", delivery ? "deliveries" : "endpoints",
                    net::percent_encode(wanted.id));
    std::uint64_t events = 1;
    if (delivery) {
      TRY(api.change("POST", path, {}));
    } else {
      events = TRY(resend_all(api, path, asked));
    }
    print(options.json ? fmt::format("{{\"events\":{}}}\n", events)
                       : fmt::format("{} events are delivered again\n", events));
    return {};
  });
}

void add_deliveries(CLI::App& command, const std::shared_ptr<ApiOptions>& api,
                    const std::shared_ptr<Options>& options, int& exit) {
  CLI::App* deliveries = command.add_subcommand("deliveries", "What was sent, and how it went.");
  deliveries->require_subcommand(1);
  deliveries->fallthrough();
  CLI::App* listing = deliveries->add_subcommand("list", "Of one endpoint, newest event first.");
  listing->add_option("endpoint", options->id, "whe_...")->required();
  listing->add_option("--status", options->status, "Only those in this state")
      ->check(CLI::IsMember(enum_names<webhooks::DeliveryStatus>()));
  listing->add_option("--event", options->event, "evt_...: only that of this event");
  listing->add_option("--subject", options->subject, "pay_...: only those of its events");
  add_page_options(*listing, options->page);
  listing->callback([api, options, &exit] { exit = list(*api, *options); });
  CLI::App* one =
      deliveries->add_subcommand("show", "One of them with the body as it is posted, as JSON.");
  one->add_option("delivery", options->id, "whd_...")->required();
  one->callback([api, options, &exit] { exit = show(*api, *options); });
}

}  // namespace

void add_webhook_deliveries(CLI::App& command, const std::shared_ptr<ApiOptions>& api, int& exit) {
  auto options = std::make_shared<Options>();
  add_deliveries(command, api, options, exit);
  CLI::App* again = command.add_subcommand(
      "resend", "Delivers once more: one delivery, or of an endpoint one event or a time range.");
  again->add_option("id", options->id, "whd_... or whe_...")->required();
  again->add_option("--event", options->event, "evt_...");
  again->add_option("--since", options->since, "RFC 3339");
  again->add_option("--until", options->until, "RFC 3339; now by default");
  again->add_option("--event-type", options->event_type, "Of a time range, only these");
  add_idempotency_key(*again, *api);
  again->callback([api, options, &exit] { exit = resend(*api, *options); });
}

}  // namespace remit::app
