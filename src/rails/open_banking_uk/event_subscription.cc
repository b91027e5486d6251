#include "kit/base/codec/json_writer.h"
#include "kit/net/router.h"
#include "rails/open_banking_uk/bank_events.h"
#include "rails/open_banking_uk/json.h"
#include "rails/open_banking_uk/messages.h"

#include <fmt/format.h>

/// What the bank keeps of where it is to tell events (Event Notification Subscription API): one subscription a client.
namespace remit::rails::open_banking_uk {
namespace {

/// Types of events have names in subscriptions and URNs in events; both are read.
constexpr const char* kResourceUpdate = "urn:uk:org:openbanking:events:resource-update";
constexpr const char* kResourceUpdateName = "UK.OBIE.Resource-Update";

std::string_view text_at(const codec::JsonNode& object, std::string_view name) {
  const codec::JsonNode* member = object.find(name);
  return member != nullptr && member->kind == codec::JsonKind::String ? member->text
                                                                      : std::string_view();
}

bool names_updates(const codec::JsonNode& subscription) {
  const codec::JsonNode* types = subscription.find("EventTypes");
  if (types == nullptr || types->kind != codec::JsonKind::Array || types->count == 0) return true;
  const codec::JsonNode* type = types->first();
  for (std::uint32_t i = 0; i < types->count; ++i, type = type->next()) {
    if (is_one_of(std::string(type->text), {kResourceUpdate, kResourceUpdateName})) return true;
  }
  return false;
}

std::string subscription_body(std::string_view id, std::string_view callback_url,
                              std::string_view version) {
  codec::JsonWriter json;
  json.begin_object();
  json.write_key("Data");
  json.begin_object();
  if (!id.empty()) {
    json.write_key("EventSubscriptionId");
    json.write_string(id);
  }
  if (!callback_url.empty()) {
    json.write_key("CallbackUrl");
    json.write_string(callback_url);
  }
  json.write_key("Version");
  json.write_string(version);
  json.write_key("EventTypes");
  json.begin_array();
  json.write_string(kResourceUpdateName);
  json.end_array();
  json.end_object();
  json.end_object();
  return json.take();
}

std::string path_of(const std::string& id) {
  return "/event-subscriptions/" + net::percent_encode(id);
}

/// The answer when it is one of that status; what it says otherwise.
Result<ApiAnswer> expect(Result<ApiAnswer> answer, int status, int other) {
  if (!answer) return answer;
  if (answer->status != status && answer->status != other) {
    const bool passes = answer->status >= 500 || answer->status == 429;
    return fail(passes ? ErrorCode::Unavailable : ErrorCode::FailedPrecondition,
                passes ? "events_unavailable" : "subscription_refused", describe_errors(*answer));
  }
  if (answer->distrust) return std::unexpected(*answer->distrust);
  return answer;
}

ApiCall call_of(std::string method, std::string path, std::string body = {}) {
  return {.method = std::move(method),
          .path = std::move(path),
          .token = {},
          .idempotency_key = {},
          .body = std::move(body),
          .api = Api::Events};
}

}  // namespace

std::string_view BankEvents::version() const {
  return bank_.options().version == ApiVersion::V3 ? "3.1" : "4.0";
}

void BankEvents::read_subscription(rails::Callback<Result<Subscription>> done) {
  bank_.call_as_client(
      call_of("GET", "/event-subscriptions"),
      [done = std::move(done)](Result<ApiAnswer> given) mutable {
        const Result<ApiAnswer> answer = expect(std::move(given), 200, 200);
        if (!answer) return done(std::unexpected(answer.error()));
        const codec::JsonNode* all =
            answer->body ? find(*answer->body, {"Data", "EventSubscription"}) : nullptr;
        if (all == nullptr || all->kind != codec::JsonKind::Array || all->count == 0) {
          return done(Subscription{});
        }
        const codec::JsonNode& one = *all->first();
        done(Subscription{.id = std::string(text_at(one, "EventSubscriptionId")),
                          .callback_url = std::string(text_at(one, "CallbackUrl")),
                          .version = std::string(text_at(one, "Version")),
                          .has_updates = names_updates(one)});
      });
}

void BankEvents::subscribe(std::string callback_url, rails::Callback<Result<void>> done) {
  read_subscription([this, callback_url = std::move(callback_url),
                     done = std::move(done)](Result<Subscription> known) mutable {
    if (!known) return done(std::unexpected(known.error()));
    const bool fits = !known->id.empty() && known->callback_url == callback_url &&
                      known->has_updates && known->version == version();
    if (fits) return done({});
    write_subscription(*known, callback_url, std::move(done));
  });
}

void BankEvents::write_subscription(const Subscription& known, const std::string& callback_url,
                                    rails::Callback<Result<void>> done) {
  const bool is_new = known.id.empty();
  bank_.call_as_client(
      call_of(is_new ? "POST" : "PUT", is_new ? "/event-subscriptions" : path_of(known.id),
              subscription_body(known.id, callback_url, version())),
      [done = std::move(done), is_new](Result<ApiAnswer> given) mutable {
        const Result<ApiAnswer> answer = expect(std::move(given), is_new ? 201 : 200, 200);
        if (!answer) return done(std::unexpected(answer.error()));
        done({});
      });
}

void BankEvents::unsubscribe(rails::Callback<Result<void>> done) {
  read_subscription([this, done = std::move(done)](Result<Subscription> known) mutable {
    if (!known) return done(std::unexpected(known.error()));
    if (known->id.empty()) return done({});
    bank_.call_as_client(call_of("DELETE", path_of(known->id)),
                         [done = std::move(done)](Result<ApiAnswer> given) mutable {
                           const Result<ApiAnswer> answer = expect(std::move(given), 204, 200);
                           if (!answer) return done(std::unexpected(answer.error()));
                           done({});
                         });
  });
}

}  // namespace remit::rails::open_banking_uk
