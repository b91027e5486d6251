#pragma once

#include "kit/base/codec/sealed.h"
#include "kit/engine/engine.h"
#include "kit/flow/effect.h"
#include "kit/net/http.h"
#include "pay/webhooks/feed.h"

#include <atomic>
#include <memory>
#include <optional>
#include <vector>

namespace remit::webhooks {

/// How often and how fast an endpoint is asked.
struct DeliveryPolicy {
  Duration timeout = std::chrono::seconds(20);
  /// After the first, second, ... attempt; the last one again and again. Each gets up to a tenth on top.
  std::vector<Duration> retry_delays{
      std::chrono::seconds(5), std::chrono::minutes(5), std::chrono::minutes(30),
      std::chrono::hours(2),   std::chrono::hours(5),   std::chrono::hours(10),
      std::chrono::hours(14),  std::chrono::hours(20),  std::chrono::hours(24)};
  /// From the first attempt to the last.
  Duration retry_for = std::chrono::hours(72);
  /// Deliveries to one endpoint under way at once.
  std::uint32_t in_flight_max = 32;
};

/// What one answer, or the lack of one, means for a delivery.
struct Verdict {
  bool delivered = false;
  bool gone = false;  ///< 410: the endpoint wants no more.
  std::uint32_t status_code = 0;
  std::string error;                    ///< Stable snake_case; empty when delivered.
  std::optional<Duration> retry_after;  ///< What the endpoint asked for (RFC 9110 section 10.2.3).
};
Verdict judge(const Result<net::HttpResponse>& answer, Timestamp now);

/// When the next attempt is due: nullopt when the last one was made. `delivery` as it was before the attempt, which is over
/// at `now`; `down`: the endpoint has failed so often in a row that it is asked whether it is back.
std::optional<Timestamp> next_attempt(const DeliveryPolicy& policy, const Delivery& delivery,
                                      const Verdict& verdict, bool down, Timestamp now);

/// Posts each event of a feed to its endpoint, signed, and journals every attempt. An event that was delivered is not posted
/// again, whatever the flow's checkpoint says; one whose process ended between the answer and the journal is.
class DeliverWebhooks final : public flow::Effect,
                              public std::enable_shared_from_this<DeliverWebhooks> {
 public:
  /// All outlive it; it outlives the HTTP client's and the engine's stop, which may call it back.
  struct Ports {
    engine::Engine& engine;
    net::HttpClient& http;
    codec::Sealer& sealer;
    Clock& clock;
    const DeliveryPolicy& policy;
  };
  explicit DeliverWebhooks(Ports ports) : ports_(ports) {}

  bool wants(std::string_view type) const override;
  void start(const flow::Record& record, std::uint32_t attempts, Callback done) override;

 private:
  struct Work;
  using WorkPtr = std::shared_ptr<Work>;

  bool to_be_sent(const Work& work) const;
  void send(const WorkPtr& work);
  Result<net::ClientRequest> request_of(const Work& work) const;
  void take_answer(const WorkPtr& work, const Result<net::HttpResponse>& answer);
  void record(const WorkPtr& work, RecordAttempt command, flow::EffectOutcome outcome);

  Ports ports_;
  std::atomic<std::uint32_t> failures_in_row_ = 0;
};

}  // namespace remit::webhooks
