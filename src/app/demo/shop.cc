#include "app/demo/shop.h"

#include "app/admin_client.h"
#include "kit/base/hash.h"
#include "kit/base/time.h"

#include <fmt/format.h>

namespace remit::app {
namespace {

constexpr auto kPatience = std::chrono::seconds(120);
constexpr auto kPause = std::chrono::milliseconds(50);
/// So that those who never come back have expired by the time when the books are compared.
constexpr auto kAbandonedExpiry = std::chrono::seconds(8);
constexpr std::uint64_t kPenceMax = 50'000;
constexpr std::uint64_t kTransferPence = 100;

/// The same for the same seed and payment.
std::uint64_t draw(std::uint64_t seed, std::size_t number, std::string_view what) {
  const Hash256 hash = sha256(as_bytes(fmt::format("{}/{}/{}", seed, number, what)));
  std::uint64_t value = 0;
  std::memcpy(&value, hash.data(), sizeof(value));
  return value;
}

/// 500 too: it says that the request may be tried again, such as while a key cannot be read. What stays so is complained of
/// behind kPatience.
bool may_pass(const Result<net::HttpResponse>& answer) {
  return !answer || answer->status >= 500 || answer->status == 429;
}

}  // namespace

Shop::Shop(World& world, const DemoOptions& options)
    : world_(world), options_(options), acknowledged_(options.directory + "/acknowledged.jsonl") {}

Shop::~Shop() {
  stopping_ = true;
  for (std::thread& thread : threads_) thread.join();
}

void Shop::start() {
  const std::size_t count = std::min(options_.payers, options_.payments + options_.transfers);
  threads_.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    threads_.emplace_back([this] { work(); });
  }
}

void Shop::work() {
  while (!stopping_) {
    const std::size_t number = next_++;
    if (number >= options_.payments + options_.transfers) return;
    const bool pays = number < options_.payments;
    if (const Result<void> done = pays ? pay(number) : transfer(number); !done) {
      const std::lock_guard lock(mutex_);
      complaints_.push_back(
          fmt::format("{} {}: {}", pays ? "payment" : "transfer", number, done.error().describe()));
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
    pause = std::min<Duration>(pause * 2, options_.retry_pause_max);
  }
}

Result<void> Shop::pay(std::size_t number) {
  const bool abandons = draw(options_.seed, number, "abandons") % 1000 < options_.abandoned;
  const std::string payment = TRY(create(number, abandons));
  ++progress_.created;
  if (abandons) {
    ++progress_.abandoned;
    return {};
  }
  if (draw(options_.seed, number, "cancels") % 1000 < options_.cancelled) {
    return cancel(number, payment);
  }
  const std::string url = TRY(await_authorisation_url(payment));
  TRY(approve(url));
  ++progress_.approved;
  if (draw(options_.seed, number, "refunds") % 1000 >= options_.refunded) return {};
  return refund(number, payment);
}

Result<void> Shop::cancel(std::size_t number, const std::string& payment) {
  TRY(post(fmt::format("/v1/payments/{}/cancel", payment), fmt::format("demo-cancel-{}", number),
           ""));
  ++progress_.cancelled;
  return {};
}

Result<void> Shop::refund(std::size_t number, const std::string& payment) {
  if (TRY(await_end(payment)) != "settled") return {};
  // Half of them in part.
  const bool in_part = draw(options_.seed, number, "refunds") % 1000 < options_.refunded / 2;
  const auto refund =
      TRY(post(fmt::format("/v1/payments/{}/refunds", payment),
               fmt::format("demo-refund-{}", number), in_part ? R"({"amount":1})" : "{}"));
  // Somebody of the shop approves it at the shop's own bank.
  TRY(approve(TRY(await_authorisation_url(text_at(refund.root(), "id")))));
  ++progress_.refunds;
  return {};
}

Result<void> Shop::open_accounts() {
  const std::lock_guard lock(accounts_mutex_);
  const auto open = [this](std::string_view name) -> Result<std::string> {
    const auto made =
        TRY(post("/v1/accounts", fmt::format("demo-account-{}", name),
                 fmt::format(R"({{"name":"{}","type":"liability","currency":"GBP"}})", name)));
    return text_at(made.root(), "id");
  };
  if (from_.empty()) from_ = TRY(open("shop_from"));
  if (to_.empty()) to_ = TRY(open("shop_to"));
  return {};
}

Result<void> Shop::transfer(std::size_t number) {
  TRY(open_accounts());
  // One moves at once, one is posted later, one is given up.
  const std::size_t kind = number % 3;
  const auto made = TRY(post(
      "/v1/transfers", fmt::format("demo-transfer-{}", number),
      fmt::format(
          R"({{"transfers":[{{"debit_account":"{}","credit_account":"{}","amount":{{"amount":{},)"
          R"("currency":"GBP"}},"pending":{}}}]}})",
          from_, to_, kTransferPence, kind != 0)));
  const codec::JsonNode* list = made.root().find("outcomes");
  const std::string id = list == nullptr || list->count == 0 ? "" : text_at(*list->first(), "id");
  if (kind != 0) {
    const std::string_view verb = kind == 1 ? "post" : "void";
    TRY(post(fmt::format("/v1/transfers/{}/{}", id, verb), fmt::format("demo-{}-{}", verb, number),
             ""));
  }
  if (kind != 2) moved_ += kTransferPence;
  ++progress_.transfers;
  return {};
}

std::vector<std::string> Shop::compare_accounts() {
  std::vector<std::string> findings;
  if (options_.transfers == 0) return findings;
  const auto check = [&](const std::string& account, std::string_view balance) {
    const auto read = get("/v1/accounts/" + account);
    const std::string found = read ? text_at(read->root(), balance) : read.error().describe();
    if (found != std::to_string(moved_.load())) {
      findings.push_back(fmt::format("account {}: {} is {}, and {} pence were moved", account,
                                     balance, found, moved_.load()));
    }
  };
  check(from_, "balances.debits_posted");
  check(to_, "balances.credits_posted");
  return findings;
}

Result<codec::JsonDocument> Shop::post(const std::string& path, const std::string& key,
                                       std::string body) {
  net::ClientRequest request{
      .method = "POST", .url = world_.server_url() + path, .body = std::move(body)};
  request.headers.add("Authorization", "Bearer " + world_.key());
  request.headers.add("Content-Type", "application/json");
  request.headers.add("Idempotency-Key", key);
  net::HttpResponse answer = TRY(send(request));
  if (answer.status >= 300) {
    return fail(ErrorCode::FailedPrecondition, "refused",
                fmt::format("{}: {} {}", path, answer.status, answer.body));
  }
  acknowledged_.note({path, key, std::move(request.body), answer.status, answer.body});
  return codec::JsonDocument::parse(answer.body, {});
}

Result<codec::JsonDocument> Shop::get(const std::string& path) {
  net::ClientRequest request{.method = "GET", .url = world_.server_url() + path};
  request.headers.add("Authorization", "Bearer " + world_.key());
  const net::HttpResponse answer = TRY(send(std::move(request)));
  if (answer.status != 200) {
    return fail(ErrorCode::FailedPrecondition, "not_shown",
                fmt::format("{}: {} {}", path, answer.status, answer.body));
  }
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
  const auto made = TRY(post("/v1/payments", fmt::format("demo-{}", number), body + "}"));
  return text_at(made.root(), "id");
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
