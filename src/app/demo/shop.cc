#include "app/demo/shop.h"

#include "app/admin_client.h"
#include "kit/base/hash.h"
#include "kit/base/time.h"

#include <fmt/format.h>

namespace remit::app {
namespace {

constexpr auto kPatience = std::chrono::seconds(120);
constexpr auto kPause = std::chrono::milliseconds(50);
constexpr auto kPauseMax = std::chrono::seconds(1);
constexpr std::uint64_t kAbandonedPerMille = 50;
/// So that those who never come back have expired by the time when the books are compared.
constexpr auto kAbandonedExpiry = std::chrono::seconds(8);
constexpr std::uint64_t kRefundedPerMille = 200;
constexpr std::uint64_t kPartlyRefundedPerMille = 100;  // Of all; half of those that are refunded.
constexpr std::uint64_t kPenceMax = 50'000;

/// The same for the same seed and payment.
std::uint64_t draw(std::uint64_t seed, std::size_t number, std::string_view what) {
  const Hash256 hash = sha256(as_bytes(fmt::format("{}/{}/{}", seed, number, what)));
  std::uint64_t value = 0;
  std::memcpy(&value, hash.data(), sizeof(value));
  return value;
}

bool may_pass(const Result<net::HttpResponse>& answer) {
  return !answer || answer->status == 503 || answer->status == 504 || answer->status == 429;
}

}  // namespace

Shop::Shop(World& world, const DemoOptions& options) : world_(world), options_(options) {}

Shop::~Shop() {
  stopping_ = true;
  for (std::thread& thread : threads_) thread.join();
}

void Shop::start() {
  const std::size_t count = std::min(options_.payers, options_.payments);
  threads_.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    threads_.emplace_back([this, i] { work(i); });
  }
}

void Shop::work(std::size_t) {
  while (!stopping_) {
    const std::size_t number = next_++;
    if (number >= options_.payments) return;
    if (const Result<void> paid = pay(number); !paid) {
      const std::lock_guard lock(mutex_);
      complaints_.push_back(fmt::format("payment {}: {}", number, paid.error().describe()));
    }
    ++finished_;
  }
}

std::vector<std::string> Shop::complaints() {
  const std::lock_guard lock(mutex_);
  return complaints_;
}

Result<net::HttpResponse> Shop::send(net::ClientRequest request) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  Duration pause = kPause;
  while (true) {
    Result<net::HttpResponse> answer = net::send_and_wait(world_.http(), request);
    if (!may_pass(answer)) return answer;
    if (stopping_ || std::chrono::steady_clock::now() > deadline) return answer;
    ++progress_.retried;
    std::this_thread::sleep_for(pause);
    pause = std::min<Duration>(pause * 2, kPauseMax);
  }
}

Result<void> Shop::pay(std::size_t number) {
  const bool abandons = draw(options_.seed, number, "abandons") % 1000 < kAbandonedPerMille;
  const std::string payment = TRY(create(number, abandons));
  ++progress_.created;
  if (abandons) {
    ++progress_.abandoned;
    return {};
  }
  const std::string url = TRY(await_authorisation_url(payment));
  TRY(approve(url));
  ++progress_.approved;
  if (draw(options_.seed, number, "refunds") % 1000 >= kRefundedPerMille) return {};
  return refund(number, payment);
}

Result<void> Shop::refund(std::size_t number, const std::string& payment) {
  if (TRY(await_end(payment)) != "settled") return {};
  std::string body = "{}";
  if (draw(options_.seed, number, "refunds") % 1000 < kPartlyRefundedPerMille)
    body = R"({"amount":1})";
  net::ClientRequest request{
      .method = "POST",
      .url = fmt::format("{}/v1/payments/{}/refunds", world_.server_url(), payment),
      .body = std::move(body)};
  request.headers.add("Authorization", "Bearer " + world_.key());
  request.headers.add("Content-Type", "application/json");
  request.headers.add("Idempotency-Key", fmt::format("demo-refund-{}", number));
  const net::HttpResponse answer = TRY(send(std::move(request)));
  if (answer.status != 201) {
    return fail(ErrorCode::FailedPrecondition, "not_refunded",
                fmt::format("{} {}", answer.status, answer.body));
  }
  const auto refund = TRY(codec::JsonDocument::parse(answer.body, {}));
  // Somebody of the shop approves it at the shop's own bank.
  TRY(approve(TRY(await_authorisation_url(text_at(refund.root(), "id")))));
  ++progress_.refunds;
  return {};
}

Result<codec::JsonDocument> Shop::get(const std::string& path) {
  net::ClientRequest request{.method = "GET", .url = world_.server_url() + path};
  request.headers.add("Authorization", "Bearer " + world_.key());
  const net::HttpResponse answer = TRY(send(std::move(request)));
  return codec::JsonDocument::parse(answer.body, {});
}

Result<std::string> Shop::await_end(const std::string& payment) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!stopping_ && std::chrono::steady_clock::now() < deadline) {
    const auto document = TRY(get("/v1/payments/" + payment));
    std::string status = text_at(document.root(), "status");
    if (status == "settled" || status == "rejected" || status == "expired") return status;
    std::this_thread::sleep_for(kPause * 4);
  }
  return fail(ErrorCode::DeadlineExceeded, "not_ended", payment + " did not end in time");
}

Result<std::string> Shop::create(std::size_t number, bool abandons) {
  const std::uint64_t pence = 1 + draw(options_.seed, number, "pence") % kPenceMax;
  std::string body = fmt::format(
      R"({{"amount":{{"amount":{},"currency":"GBP"}},"creditor":{{"name":"Fern & Sons Ltd","sort_code":"204514",)"
      R"("account_number":"{:08}"}},"reference":"INV {:06}","client_reference":"order-{}")",
      pence, 10'000'000 + number % 50, number, number);
  // Half of the payers bank where the other version of the standard is spoken.
  const std::string_view other = options_.standard == "4.0" ? "3.1.11" : "4.0";
  if (number % 2 == 1) body += fmt::format(R"(,"bank":"model-bank-{}")", other);
  if (abandons) {
    const Timestamp expires = SystemClock().now() + kAbandonedExpiry;
    body += fmt::format(R"(,"expires_at":"{}")", to_rfc3339(expires));
  }
  net::ClientRequest request{
      .method = "POST", .url = world_.server_url() + "/v1/payments", .body = body + "}"};
  request.headers.add("Authorization", "Bearer " + world_.key());
  request.headers.add("Content-Type", "application/json");
  request.headers.add("Idempotency-Key", fmt::format("demo-{}", number));
  const net::HttpResponse answer = TRY(send(std::move(request)));
  if (answer.status != 201) {
    return fail(ErrorCode::FailedPrecondition, "not_created",
                fmt::format("{} {}", answer.status, answer.body));
  }
  return text_at(TRY(codec::JsonDocument::parse(answer.body, {})).root(), "id");
}

Result<std::string> Shop::await_authorisation_url(const std::string& payment) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!stopping_ && std::chrono::steady_clock::now() < deadline) {
    const auto document = TRY(get("/v1/payments/" + payment));
    std::string url = text_at(document.root(), "authorisation_url");
    if (!url.empty()) return url;
    const std::string status = text_at(document.root(), "status");
    if (status != "created") {
      return fail(ErrorCode::FailedPrecondition, "not_authorisable",
                  fmt::format("{} is {}", payment, status));
    }
    std::this_thread::sleep_for(kPause);
  }
  return fail(ErrorCode::DeadlineExceeded, "no_consent", payment + " got no consent in time");
}

Result<void> Shop::approve(const std::string& authorisation_url) {
  const net::HttpResponse redirect = TRY(send({.method = "GET", .url = authorisation_url}));
  const auto location = redirect.headers.find("Location");
  const std::size_t hash = location ? location->find('#') : std::string_view::npos;
  if (hash == std::string_view::npos) {
    return fail(ErrorCode::FailedPrecondition, "no_redirect",
                fmt::format("The bank answered the payer {} {}", redirect.status,
                            redirect.body.substr(0, 200)));
  }
  // What the script of the landing page does with the fragment.
  net::ClientRequest request{.method = "POST",
                             .url = world_.server_url() + "/callback",
                             .body = std::string(location->substr(hash + 1))};
  request.headers.add("Content-Type", "application/x-www-form-urlencoded");
  const net::HttpResponse answer = TRY(send(std::move(request)));
  // Sent twice because the first answer was lost, it finds the payment authorised already.
  const bool before =
      answer.status == 409 && answer.body.find("authorisation_not_awaited") != std::string::npos;
  if (answer.status != 200 && !before) {
    return fail(ErrorCode::FailedPrecondition, "not_landed",
                fmt::format("{} {}", answer.status, answer.body));
  }
  return {};
}

}  // namespace remit::app
