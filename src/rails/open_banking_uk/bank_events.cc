#include "rails/open_banking_uk/bank_events.h"

#include "kit/base/codec/json_writer.h"
#include "rails/open_banking_uk/event_token.h"
#include "rails/open_banking_uk/json.h"
#include "rails/open_banking_uk/messages.h"

#include <fmt/format.h>

/// Aggregated polling, and the tokens that it and pushes bring. Subscriptions are in event_subscription.cc.
namespace remit::rails::open_banking_uk {
namespace {

constexpr std::size_t kDescriptionCharactersMax = 256;

/// The words that the standard's own examples take from draft-ietf-secevent-http-push.
std::string_view set_error_code(std::string_view reason) {
  if (reason == "event_issuer") return "jwtIss";
  if (reason == "event_audience") return "jwtAud";
  if (reason == "event_malformed" || reason == "event_unreadable") return "jwtParse";
  if (reason == "event_type") return "setType";
  const bool header = reason == "event_unsigned" || reason == "event_symmetric" ||
                      reason == "event_algorithm" || reason == "event_critical";
  if (header) return "jwtHdr";
  if (reason == "event_signature" || reason == "event_key_unknown") return "jwtCrypto";
  return "setData";
}

std::string poll_body(const EventPoll& poll) {
  codec::JsonWriter json;
  json.begin_object();
  json.write_key("maxEvents");
  json.write_unsigned(poll.events_max);
  json.write_key("returnImmediately");
  json.write_bool(true);
  if (!poll.acknowledged.empty()) {
    json.write_key("ack");
    json.begin_array();
    for (const std::string& id : poll.acknowledged) json.write_string(id);
    json.end_array();
  }
  if (!poll.refused.empty()) {
    json.write_key("setErrs");
    json.begin_object();
    for (const RefusedEvent& refused : poll.refused) {
      json.write_key(refused.id);
      json.begin_object();
      json.write_key("err");
      json.write_string(set_error_code(refused.error.reason));
      json.write_key("description");
      json.write_string(
          std::string_view(refused.error.message).substr(0, kDescriptionCharactersMax));
      json.end_object();
    }
    json.end_object();
  }
  json.end_object();
  return json.take();
}

Error events_error(const ApiAnswer& answer) {
  const auto because = [&](ErrorCode code, std::string reason) {
    return Error{code, std::move(reason), describe_errors(answer), {}, nullptr};
  };
  if (answer.status == 429) return because(ErrorCode::Unavailable, "bank_throttles");
  const bool refused = answer.status >= 400 && answer.status < 500 && answer.status != 408;
  return because(refused ? ErrorCode::FailedPrecondition : ErrorCode::Unavailable,
                 refused ? "events_refused" : "events_unavailable");
}

/// The event, if it is the one under whose id it was given.
Result<BankEvent> under_id(Result<BankEvent> event, std::string_view id) {
  if (!event || event->id == id) return event;
  return fail(ErrorCode::PermissionDenied, "event_id",
              "The event was given under another id than its own.");
}

}  // namespace

void BankEvents::poll(EventPoll poll, rails::Callback<Result<EventBatch>> done) {
  ApiCall call{.method = "POST",
               .path = "/events",
               .token = {},
               .idempotency_key = {},
               .body = poll_body(poll),
               .api = Api::Events,
               .signing = Signing::Neither};
  bank_.call_as_client(
      std::move(call), [this, done = std::move(done)](Result<ApiAnswer> answer) mutable {
        if (!answer) return done(std::unexpected(answer.error()));
        if (answer->distrust) return done(std::unexpected(*answer->distrust));
        const bool fine = answer->status == 200 || answer->status == 201;
        if (!fine) return done(std::unexpected(events_error(*answer)));
        const codec::JsonNode* sets = answer->body ? find(*answer->body, {"sets"}) : nullptr;
        if (sets == nullptr || sets->kind != codec::JsonKind::Object) {
          return done(fail(ErrorCode::Unavailable, "answer_unreadable",
                           "The bank's answer to a look for events holds no sets."));
        }
        std::vector<Token> tokens;
        const codec::JsonNode* set = sets->first();
        for (std::uint32_t i = 0; i < sets->count; ++i, set = set->next()) {
          tokens.push_back({std::string(set->key), std::string(set->text)});
        }
        // Banks leave it out where they were asked for nothing.
        const codec::JsonNode* more = find(*answer->body, {"moreAvailable"});
        const bool more_available =
            more != nullptr && more->kind == codec::JsonKind::Bool && more->bits != 0;
        verify_all(std::move(tokens), more_available, std::move(done));
      });
}

void BankEvents::verify_all(std::vector<Token> tokens, bool more_available,
                            rails::Callback<Result<EventBatch>> done) {
  std::vector<std::string> key_ids;
  for (const Token& token : tokens) {
    std::string id = jose::unverified_key_id(token.text);
    if (!id.empty()) key_ids.push_back(std::move(id));
  }
  auto read = [this, tokens = std::move(tokens), more_available,
               done = std::move(done)](const jose::KeySet& keys) mutable {
    EventBatch batch{{}, more_available};
    const Timestamp now = bank_.ports().clock.now();
    for (const Token& token : tokens) {
      Result<BankEvent> event = check_event_token(token.text, keys, bank_.options(), now);
      batch.events.push_back({token.id, under_id(std::move(event), token.id)});
    }
    done(std::move(batch));
  };
  if (key_ids.empty()) return read(jose::KeySet());
  bank_.keys(key_ids.front(), [this, key_ids, read = std::move(read)](
                                  Result<std::shared_ptr<const jose::KeySet>> known) mutable {
    if (!known) return read(jose::KeySet());
    for (const std::string& id : key_ids) {
      if ((*known)->find(id) != nullptr) continue;
      return bank_.keys(
          id, [read = std::move(read)](Result<std::shared_ptr<const jose::KeySet>> fresh) mutable {
            read(fresh ? **fresh : jose::KeySet());
          });
    }
    read(**known);
  });
}

void BankEvents::verify(std::string token, rails::Callback<Result<BankEvent>> done) {
  std::string key_id = jose::unverified_key_id(token);
  bank_.keys(std::move(key_id), [this, token = std::move(token), done = std::move(done)](
                                    Result<std::shared_ptr<const jose::KeySet>> known) mutable {
    if (!known) return done(std::unexpected(known.error()));
    done(check_event_token(token, **known, bank_.options(), bank_.ports().clock.now()));
  });
}

}  // namespace remit::rails::open_banking_uk
