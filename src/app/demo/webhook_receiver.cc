#include "app/demo/webhook_receiver.h"

#include "app/admin_client.h"
#include "kit/base/codec/json_document.h"
#include "kit/base/hash.h"

#include <fmt/format.h>

#include <thread>

namespace remit::app {
namespace {

constexpr std::uint64_t kRefusesEvery = 10;
constexpr auto kPatience = std::chrono::seconds(60);
constexpr auto kPause = std::chrono::milliseconds(20);
constexpr std::string_view kSecretPrefix = "whsec_";

std::string_view field(const net::HttpRequest& request, std::string_view name) {
  return request.headers.find(name).value_or("");
}

}  // namespace

Result<std::unique_ptr<WebhookReceiver>> WebhookReceiver::start(World& world) {
  auto receiver = std::unique_ptr<WebhookReceiver>(new WebhookReceiver());
  receiver->server_ = TRY(net::HttpServer::start(
      {.name = "receiver"},
      [self = receiver.get()](const net::HttpRequest& request, net::Responder respond) {
        respond({.status = self->take(request)});
      }));
  TRY(receiver->subscribe(world));
  return receiver;
}

Result<void> WebhookReceiver::subscribe(World& world) {
  net::ClientRequest request{
      .method = "POST",
      .url = world.server_url() + "/v1/webhook_endpoints",
      .body = fmt::format(R"({{"url":"http://127.0.0.1:{}/events"}})", server_->port())};
  request.headers.add("Authorization", "Bearer " + world.key());
  request.headers.add("Content-Type", "application/json");
  request.headers.add("Idempotency-Key", "demo-webhooks");
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  Result<net::HttpResponse> sent = net::send_and_wait(world.http(), request);
  while ((!sent || sent->status >= 500) && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(kPause);
    sent = net::send_and_wait(world.http(), request);
  }
  const net::HttpResponse answer = TRY(std::move(sent));
  const auto document = TRY(codec::JsonDocument::parse(answer.body, {}));
  const codec::JsonNode* keys = document.root().find("keys");
  const std::string key = keys == nullptr || keys->count == 0 ? "" : text_at(*keys->first(), "key");
  const auto secret = key.starts_with(kSecretPrefix)
                          ? from_base64(std::string_view(key).substr(kSecretPrefix.size()))
                          : std::nullopt;
  if (answer.status != 201 || !secret) {
    return fail(ErrorCode::FailedPrecondition, "no_webhook_endpoint",
                fmt::format("{} {}", answer.status, answer.body));
  }
  const std::lock_guard lock(mutex_);
  secret_ = *secret;
  return {};
}

bool WebhookReceiver::is_signed(const net::HttpRequest& request) const {
  const std::string text = fmt::format("{}.{}.{}", field(request, "webhook-id"),
                                       field(request, "webhook-timestamp"), request.body);
  return field(request, "webhook-signature") ==
         "v1," + to_base64(view_of(hmac_sha256(secret_, as_bytes(text))));
}

int WebhookReceiver::take(const net::HttpRequest& request) {
  const std::lock_guard lock(mutex_);
  if (!is_signed(request)) {
    ++tally_.badly_signed;
    return 401;
  }
  // Each event once at most: refused again and again it would come after the delays of hours.
  if (++requests_ % kRefusesEvery == 0 && refused_.emplace(field(request, "webhook-id")).second) {
    ++tally_.refused;
    return 500;
  }
  if (!taken_.emplace(field(request, "webhook-id")).second) {
    ++tally_.repeated;
    return 200;
  }
  ++tally_.events;
  const auto event = codec::JsonDocument::parse(request.body, {});
  if (!event) return 400;
  std::string sequence = text_at(event->root(), "sequence");
  std::string& last = last_of_subject_[text_at(event->root(), "subject")];
  if (sequence <= last) {
    ++tally_.out_of_order;
  } else {
    last = std::move(sequence);
  }
  return 200;
}

WebhookTally WebhookReceiver::tally() const {
  const std::lock_guard lock(mutex_);
  return tally_;
}

}  // namespace remit::app
