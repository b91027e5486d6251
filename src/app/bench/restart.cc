#include "app/admin_client.h"
#include "app/bench/server_benchmarks.h"
#include "app/world/world.h"
#include "kit/base/random.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <memory>
#include <mutex>
#include <thread>

namespace remit::app {
namespace {

constexpr std::size_t kEvents = 1'000'000;
constexpr std::size_t kTransfersPerRequest = 500;
constexpr std::size_t kRequests = kEvents / kTransfersPerRequest;
constexpr std::size_t kAccounts = 1'000;
constexpr std::size_t kCallers = 4;
constexpr double kGoalSeconds = 5;
constexpr double kMebibyte = 1024.0 * 1024.0;

/// A server that has taken in a million transfers over HTTP, and is killed and started again in each round.
class LoadedServer {
 public:
  LoadedServer()
      : directory_((std::filesystem::temp_directory_path() /
                    fmt::format("remit-bench-restart-{}", static_cast<long>(::getpid())))
                       .string()) {}
  ~LoadedServer() {
    world_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }
  LoadedServer(const LoadedServer&) = delete;
  LoadedServer& operator=(const LoadedServer&) = delete;

  /// Seconds from the start of the process to /readyz, and the most memory that a server took.
  Result<std::vector<double>> restart() {
    if (!world_) TRY(load());
    const auto begun = std::chrono::steady_clock::now();
    TRY(world_->kill_and_restart_server());
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
    return std::vector<double>{took.count(), loaded_mebibytes_, TRY(memory())};
  }

 private:
  Result<void> load() {
    world_ = TRY(World::start({.directory = directory_,
                               .faults = false,
                               .events = "none",
                               .tls = false,
                               .record = false}));
    for (std::size_t i = 0; i < kAccounts; ++i) accounts_.push_back(TRY(open_account(i)));
    std::vector<std::thread> callers;
    for (std::size_t i = 0; i < kCallers; ++i) {
      callers.emplace_back([this, i] { transfer(i); });
    }
    for (std::thread& caller : callers) caller.join();
    if (failure_) return std::unexpected(*failure_);
    TRY(wait_for_lists());
    loaded_mebibytes_ = TRY(memory());
    return {};
  }

  Result<double> memory() const {
    return static_cast<double>(TRY(world_->server_peak_memory_bytes())) / kMebibyte;
  }

  Result<std::string> post(const std::string& path, const std::string& key, std::string body) {
    net::ClientRequest request{
        .method = "POST", .url = world_->server_url() + path, .body = std::move(body)};
    request.headers.add("Authorization", "Bearer " + world_->key());
    request.headers.add("Content-Type", "application/json");
    request.headers.add("Idempotency-Key", key);
    net::HttpResponse answer = TRY(net::send_and_wait(world_->http(), std::move(request)));
    if (answer.status != 201) {
      return fail(ErrorCode::FailedPrecondition, "load_failed",
                  fmt::format("{} answered {} {}", path, answer.status, answer.body));
    }
    return std::move(answer.body);
  }

  Result<std::string> open_account(std::size_t number) {
    const std::string made =
        TRY(post("/v1/accounts", fmt::format("account-{}", number),
                 fmt::format(R"({{"name":"bench {}","type":"asset","currency":"GBP"}})", number)));
    return text_at(TRY(codec::JsonDocument::parse(made, {})).root(), "id");
  }

  void transfer(std::size_t caller) {
    SeededRandom random(caller);
    for (std::size_t i = caller; i < kRequests; i += kCallers) {
      std::vector<std::string> items;
      for (std::size_t item = 0; item < kTransfersPerRequest; ++item) {
        const std::size_t from = random.below(kAccounts);
        const std::size_t to = (from + 1 + random.below(kAccounts - 1)) % kAccounts;
        items.push_back(fmt::format(R"({{"debit_account":"{}","credit_account":"{}",)"
                                    R"("amount":{{"amount":100,"currency":"GBP"}}}})",
                                    accounts_[from], accounts_[to]));
      }
      const auto made = post("/v1/transfers", fmt::format("transfers-{}", i),
                             fmt::format(R"({{"transfers":[{}]}})", fmt::join(items, ",")));
      if (made) continue;
      const std::lock_guard lock(mutex_);
      failure_ = made.error();
      return;
    }
  }

  /// Until the read model has seen everything: what a server at rest looks like.
  Result<void> wait_for_lists() {
    while (true) {
      const auto flows = TRY(codec::JsonDocument::parse(
          TRY(ask_admin(world_->data_directory(), "GET", "/admin/flows")), {}));
      const codec::JsonNode* items = flows.root().find("data");
      if (items == nullptr) {
        return fail(ErrorCode::Internal, "flows_unreadable", "The list of flows is unreadable.");
      }
      bool behind = false;
      const codec::JsonNode* item = items->first();
      for (std::uint32_t i = 0; i < items->count; ++i, item = item->next()) {
        behind = behind || text_at(*item, "lag_records") != "0";
      }
      if (!behind) return {};
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  }

  std::string directory_;
  std::unique_ptr<World> world_;
  std::vector<std::string> accounts_;
  double loaded_mebibytes_ = 0;
  std::mutex mutex_;
  std::optional<Error> failure_;
};

}  // namespace

lab::bench::Benchmark restart() {
  return {.name = "restart",
          .metrics = {{.name = "restart_time",
                       .unit = "s",
                       .goal = 1,
                       .may_cost = kGoalSeconds,
                       .less_is_better = true},
                      {.name = "million_events_memory", .unit = "MiB", .less_is_better = true},
                      {.name = "restart_memory", .unit = "MiB", .less_is_better = true}},
          .ours = [server = std::make_shared<LoadedServer>()](const std::string&) {
            return server->restart();
          }};
}

}  // namespace remit::app
