#include "pay/webhooks/deliver.h"

#include "kit/base/planted.h"
#include "pay/webhooks/limits.h"
#include "pay/webhooks/signature.h"

#include <fmt/format.h>

#include <algorithm>

namespace remit::webhooks {

namespace {

/// The beginning of an answer, as text: it is shown in JSON, and was somebody else's bytes.
std::string excerpt(const std::string& body) {
  std::string text = body.substr(0, kAnswerBytesMax);
  for (char& c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80 || (byte < 0x20 && c != '\n' && c != '\t')) c = '?';
  }
  return text;
}

}  // namespace

struct DeliverWebhooks::Work {
  flow::Record record;
  Outgoing outgoing;
  std::optional<WebhookEndpoint> endpoint;
  Delivery delivery;  ///< As the journal has it before this attempt.
  Timestamp started_at;
  std::uint32_t flow_attempts = 0;
  Callback done;
};

bool DeliverWebhooks::wants(std::string_view type) const {
  return !type.starts_with("flow.");
}

void DeliverWebhooks::start(const flow::Record& record, std::uint32_t attempts, Callback done) {
  auto work = std::make_shared<Work>();
  work->record = record;
  work->flow_attempts = attempts;
  work->done = std::move(done);
  Result<Outgoing> outgoing = codec::decode<Outgoing>(record.payload);
  CHECK(outgoing.has_value(), "{}", outgoing.error().describe());
  work->outgoing = std::move(*outgoing);
  const Delivered& what = work->outgoing.what;
  work->delivery = {.id = delivery_id(what.endpoint, what.event), .what = what};
  ports_.engine.query(
      [work](engine::ReadView& view) {
        const Delivered& asked = work->outgoing.what;
        if (const auto* endpoint = view.find<WebhookEndpoint>(asked.endpoint)) {
          work->endpoint = *endpoint;
        }
        if (const auto* known = view.find<Delivery>(work->delivery.id)) work->delivery = *known;
      },
      [self = shared_from_this(), work](Result<engine::Position> position) {
        if (!position) return work->done(flow::outcome_of(std::move(position).error()));
        if (!self->to_be_sent(*work)) return work->done(flow::Finished{});
        self->send(work);
      });
}

bool DeliverWebhooks::to_be_sent(const Work& work) const {
  if (!work.endpoint || work.endpoint->status != EndpointStatus::Enabled) return false;
  const std::uint32_t round = work.outgoing.round;
  // A later resend will deliver it; or it was delivered, and a crash or redrive brought it here again.
  if (round < work.delivery.round) return false;
  if (round == work.delivery.round && work.delivery.status == DeliveryStatus::Delivered &&
      !planted(Bug::WebhookSentAgain)) {
    return false;
  }
  if (round > 1) return true;
  return work.outgoing.what.position > work.endpoint->enabled_at &&
         work.endpoint->wants(work.outgoing.what.event_type);
}

void DeliverWebhooks::send(const WorkPtr& work) {
  Result<net::ClientRequest> request = request_of(*work);
  if (!request) return work->done(flow::outcome_of(std::move(request).error()));
  work->started_at = ports_.clock.now();
  ports_.http.send(std::move(*request),
                   [self = shared_from_this(), work](const Result<net::HttpResponse>& answer) {
                     self->take_answer(work, answer);
                   });
}

Result<net::ClientRequest> DeliverWebhooks::request_of(const Work& work) const {
  const Timestamp now = ports_.clock.now();
  std::vector<OpenedKey> keys;
  for (const SigningKey& key : work.endpoint->keys) {
    if (key.expires_at != Timestamp() && key.expires_at <= now) continue;
    keys.push_back({key.scheme, TRY(ports_.sealer.open(key.secret))});
  }
  std::string id = work.outgoing.what.event.to_string();
  if (planted(Bug::WebhookIdChanges)) id += std::to_string(work.delivery.attempts);
  net::ClientRequest request{.method = "POST",
                             .url = work.endpoint->settings.url,
                             .headers = TRY(sign(keys, id, now, work.outgoing.body)),
                             .body = work.outgoing.body};
  request.headers.add("Content-Type", "application/json");
  request.headers.add("User-Agent", "Remit-Webhooks/1");
  request.options.total_timeout = ports_.policy.timeout;
  request.options.response_bytes_max = 64 * 1024;
  return request;
}

void DeliverWebhooks::take_answer(const WorkPtr& work, const Result<net::HttpResponse>& answer) {
  const Timestamp now = ports_.clock.now();
  const Verdict verdict = judge(answer, now);
  const std::uint32_t failures = verdict.delivered ? 0 : failures_in_row_ + 1;
  failures_in_row_ = failures;
  RecordAttempt command{.what = work->outgoing.what,
                        .round = work->outgoing.round,
                        .attempt = {.number = work->delivery.attempts + 1,
                                    .at = work->started_at,
                                    .took = now - work->started_at,
                                    .status_code = verdict.status_code,
                                    .error = verdict.error},
                        .gone = verdict.gone};
  if (answer && !answer->body.empty()) {
    auto sealed = ports_.sealer.seal(work->outgoing.what.client, excerpt(answer->body));
    if (sealed) command.attempt.answer = std::move(*sealed);
  }
  if (verdict.delivered) {
    return record(work, std::move(command), flow::Finished{});
  }
  Error error{ErrorCode::Unavailable,
              verdict.error,
              verdict.status_code == 0
                  ? answer.error().message
                  : fmt::format("The endpoint answered {}.", verdict.status_code),
              {},
              nullptr};
  const auto due =
      next_attempt(ports_.policy, work->delivery, verdict, failures >= kFailuresUntilDown, now);
  if (due) {
    command.status = DeliveryStatus::Retrying;
    command.next_attempt_at = *due;
    return record(work, std::move(command), flow::Retry{std::move(error), *due - now});
  }
  command.status = DeliveryStatus::Failed;
  if (verdict.gone) return record(work, std::move(command), flow::Finished{});
  record(work, std::move(command), flow::Failed{std::move(error)});
}

void DeliverWebhooks::record(const WorkPtr& work, RecordAttempt command,
                             flow::EffectOutcome outcome) {
  engine::CommandContext context;
  context.command =
      TypeId::derive("cmd", work->delivery.id,
                     fmt::format("{}/{}", work->record.cursor.value, command.attempt.number));
  context.correlation = work->record.cause.correlation;
  context.trace = work->record.cause.trace;
  context.client = work->outgoing.what.client;
  ports_.engine.submit(
      std::move(context), std::move(command),
      [work, outcome = std::move(outcome)](Result<engine::Answered> answer) mutable {
        if (answer) return work->done(std::move(outcome));
        // Not known to be journalled: at worst the endpoint hears it twice.
        work->done(flow::Retry{std::move(answer).error(), std::nullopt});
      });
}

}  // namespace remit::webhooks
