#include "lab/sim/receiver.h"

#include "kit/base/check.h"
#include "kit/base/hash.h"
#include "lab/sim/model_bank.h"

#include <fmt/format.h>

#include <algorithm>

namespace remit::lab::sim {
namespace {

constexpr std::string_view kSecretPrefix = "whsec_";
/// Longer than any sender waits.
constexpr Duration kSlowAnswer = std::chrono::seconds(25);

std::string field(const net::HttpRequest& request, std::string_view name) {
  return std::string(request.headers.find(name).value_or(""));
}

}  // namespace

Receiver::Receiver(Ports ports, const Rates& rates) : ports_(ports), rates_(rates) {
  ports_.network.serve(std::string(kReceiverHost),
                       [this](const net::HttpRequest& request, net::Responder respond) {
                         receive(request, std::move(respond));
                       });
}

Receiver::~Receiver() {
  ports_.network.take_down(kReceiverHost);
}

void Receiver::trust(const std::string& secret) {
  const auto bytes = from_base64(secret.substr(kSecretPrefix.size()));
  CHECK(bytes.has_value(), "that is no secret of Standard Webhooks");
  secrets_.push_back(*bytes);
}

bool Receiver::is_signed(const net::HttpRequest& request) const {
  const std::string signed_text = fmt::format("{}.{}.{}", field(request, "webhook-id"),
                                              field(request, "webhook-timestamp"), request.body);
  // A list with spaces in between; one that fits is enough (Standard Webhooks, "Signature scheme").
  const std::string list = " " + field(request, "webhook-signature") + " ";
  return std::ranges::any_of(secrets_, [&](const Bytes& secret) {
    const Hash256 mac = hmac_sha256(secret, as_bytes(signed_text));
    return list.contains(" v1," + to_base64(view_of(mac)) + " ");
  });
}

bool Receiver::take(const net::HttpRequest& request) {
  const std::string id = field(request, "webhook-id");
  if (!is_signed(request)) {
    objection_ = fmt::format("the webhook {} is not signed right", id);
    return false;
  }
  const auto [known, is_new] = index_by_id_.try_emplace(id, taken_.size());
  if (is_new) {
    taken_.push_back({id, request.body});
    return true;
  }
  ports_.sometimes.mark(Rare::WebhookTwice);
  if (taken_[known->second].body != request.body) {
    objection_ = fmt::format("the webhook {} came with two bodies", id);
  }
  return true;
}

void Receiver::receive(const net::HttpRequest& request, net::Responder respond) {
  Random& random = ports_.random;
  const std::string id = field(request, "webhook-id");
  const auto answer = [&](int status) {
    if (status >= 300) ++failures_[id];
    respond(net::HttpResponse{.status = status});
  };
  if (random.chance(rates_.receiver_fails_before)) {
    constexpr std::array kStatuses{500, 503, 429, 404, 302};
    return answer(kStatuses[random.below(kStatuses.size())]);
  }
  if (random.chance(rates_.receiver_silent)) {
    if (random.below(2) == 0) take(request);
    ++failures_[id];
    return;
  }
  if (!take(request)) return answer(401);
  if (random.chance(rates_.receiver_fails_after)) return answer(500);
  if (failures_.contains(id)) ports_.sometimes.mark(Rare::WebhookRetried);
  if (!random.chance(rates_.receiver_slow)) return answer(204);
  const Duration delay(
      static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(kSlowAnswer.count()))));
  ports_.host.timers().after(
      delay, [respond = std::move(respond)]() mutable { respond({.status = 200}); });
}

}  // namespace remit::lab::sim
