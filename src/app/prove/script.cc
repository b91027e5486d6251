#include "app/prove/script.h"

#include "app/admin_client.h"
#include "kit/base/codec/json.h"

#include <fmt/format.h>

namespace remit::app {
namespace {

constexpr auto kStep = std::chrono::milliseconds(20);
constexpr auto kListPatience = std::chrono::seconds(30);
/// An operator looks after dead letters now and then.
constexpr std::uint64_t kStepsToOperator = 50;

}  // namespace

Script::~Script() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
}

void Script::start() {
  thread_ = std::thread([this] { work(); });
}

Result<void> Script::insist(const std::function<Result<void>()>& act) {
  const auto deadline = std::chrono::steady_clock::now() + patience_;
  while (true) {
    Result<void> done = act();
    if (done || stopping_ || std::chrono::steady_clock::now() > deadline) return done;
    std::this_thread::sleep_for(kStep);
  }
}

Result<void> Script::prepare() {
  TRY(insist([this] { return world_.make_key(); }));
  receiver_ = TRY(WebhookReceiver::start(world_));
  return {};
}

void Script::work() {
  if (const Result<void> prepared = prepare(); !prepared) {
    trouble_ = prepared.error().describe();
    at_rest_ = true;
    return;
  }
  shop_ = std::make_unique<Shop>(world_, options_);
  shop_->start();
  for (std::uint64_t step = 1; !shop_->done() && !stopping_; ++step) {
    std::this_thread::sleep_for(kStep);
    // Whoever does not answer now is asked again.
    if (step % kStepsToOperator == 0) (void)redrive_interrupted();
  }
  const auto ended = [this]() -> Result<void> {
    TRY(redrive_interrupted());
    if (TRY(count_open(world_)) == 0) return {};
    return fail(ErrorCode::Unavailable, "payments_open", "Not every payment has ended.");
  };
  // Whatever is still open then is a finding of the comparison.
  (void)insist(ended);
  at_rest_ = true;
}

Result<void> Script::redrive_interrupted() {
  const auto& data = world_.data_directory();
  const std::string body = TRY(ask_admin(data, "GET", "/admin/deadletters?status=open"));
  const codec::JsonDocument document = TRY(codec::JsonDocument::parse(body, {}));
  const codec::JsonNode* letters = document.root().find("data");
  if (letters == nullptr) return {};
  const codec::JsonNode* letter = letters->first();
  for (std::uint32_t i = 0; i < letters->count; ++i, letter = letter->next()) {
    if (text_at(*letter, "reason") != "process_crashed") continue;
    TRY(ask_admin(data, "POST",
                  fmt::format("/admin/deadletters/{}/redrive", text_at(*letter, "id")),
                  R"({"because":"The process was killed from outside."})"));
    ++redriven_;
  }
  return {};
}

Result<std::vector<std::string>> Script::judge(bool forgiving) {
  if (thread_.joinable()) thread_.join();
  if (!trouble_.empty()) return std::vector<std::string>{trouble_};
  // The bank finishes what it has taken.
  std::this_thread::sleep_for(std::chrono::milliseconds(600));
  std::vector<std::string> findings;
  if (!forgiving) findings = shop_->complaints();
  const auto take = [&findings](std::vector<std::string> more) {
    findings.insert(findings.end(), more.begin(), more.end());
  };
  take(shop_->acknowledged().compare(world_));
  take(shop_->compare_accounts());
  // Lists may be behind for a while after what their flow met; what contradicts stays.
  Comparison comparison = TRY(compare(world_, *receiver_));
  const auto deadline = std::chrono::steady_clock::now() + kListPatience;
  while (!comparison.holds() && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(kStep * 10);
    TRY(redrive_interrupted());
    comparison = TRY(compare(world_, *receiver_));
  }
  take(comparison.findings);
  if (!comparison.holds() || (!forgiving && comparison.total != options_.payments)) {
    findings.push_back(to_json(comparison));
  }
  return findings;
}

}  // namespace remit::app
