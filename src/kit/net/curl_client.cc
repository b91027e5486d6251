#include "kit/net/curl_client.h"

#include "kit/base/check.h"
#include "kit/base/inbox.h"
#include "kit/net/curl_transfer.h"

#include <condition_variable>
#include <mutex>
#include <pthread.h>
#include <thread>
#include <unordered_map>
#include <vector>

namespace remit::net {
namespace {

constexpr int kPollMax = 1000;  ///< Milliseconds; a wake comes earlier.

void initialise_once() {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  CHECK(ready == CURLE_OK, "libcurl does not start: {}", curl_easy_strerror(ready));
}

}  // namespace

class CurlClient::Loop {
 public:
  explicit Loop(CurlClientOptions options)
      : options_(std::move(options)),
        multi_(curl_multi_init()),
        waiting_(options_.requests_waiting_max) {
    CHECK(multi_ != nullptr, "libcurl gives no multi handle");
    curl_multi_setopt(multi_, CURLMOPT_MAX_TOTAL_CONNECTIONS,
                      static_cast<long>(options_.connections_max));
    curl_multi_setopt(multi_, CURLMOPT_MAX_HOST_CONNECTIONS,
                      static_cast<long>(options_.connections_per_host_max));
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, static_cast<long>(options_.connections_max));
    thread_ = std::thread([this] { run(); });
    pthread_setname_np(thread_.native_handle(), options_.name.substr(0, 15).c_str());
  }

  ~Loop() {
    stopping_ = true;
    curl_multi_wakeup(multi_);
    thread_.join();
    curl_multi_cleanup(multi_);
  }

  void send(ClientRequest request, Callback callback) {
    Waiting waiting{std::move(request), std::move(callback)};
    if (!waiting_.try_push(std::move(waiting))) {
      // A refused item is left untouched.
      waiting.callback(fail(  // NOLINT(bugprone-use-after-move)
          ErrorCode::Unavailable, "client_busy",
          "Too many requests wait for the network; try again later."));
      return;
    }
    curl_multi_wakeup(multi_);
  }

  void use_tls(TlsMaterialPtr material) {
    const std::lock_guard lock(tls_mutex_);
    tls_ = std::move(material);
  }

 private:
  struct Waiting {
    ClientRequest request;
    Callback callback;
  };

  void run() {
    std::vector<Waiting> begun;
    while (!stopping_) {
      begun.clear();
      waiting_.drain(begun, options_.requests_waiting_max);
      for (Waiting& waiting : begun) begin(std::move(waiting));
      int running = 0;
      curl_multi_perform(multi_, &running);
      finish_what_ended();
      curl_multi_poll(multi_, nullptr, 0, kPollMax, nullptr);
    }
    end_all();
  }

  void begin(Waiting waiting) {
    auto transfer = CurlTransfer::make(options_, current_tls(), std::move(waiting.request),
                                       std::move(waiting.callback));
    if (transfer == nullptr) return;
    CURL* handle = transfer->handle();
    const CURLMcode added = curl_multi_add_handle(multi_, handle);
    CHECK(added == CURLM_OK, "libcurl refuses a request: {}", curl_multi_strerror(added));
    transfers_.emplace(handle, std::move(transfer));
  }

  TlsMaterialPtr current_tls() {
    const std::lock_guard lock(tls_mutex_);
    return tls_;
  }

  void finish_what_ended() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      CURL* handle = message->easy_handle;
      const CURLcode code = message->data.result;
      curl_multi_remove_handle(multi_, handle);
      const auto found = transfers_.find(handle);
      CHECK(found != transfers_.end(), "libcurl ended a request that was not begun");
      const std::unique_ptr<CurlTransfer> transfer = std::move(found->second);
      transfers_.erase(found);
      transfer->finish(code);
    }
  }

  void end_all() {
    for (auto& [handle, transfer] : transfers_) {
      curl_multi_remove_handle(multi_, handle);
      transfer->abandon();
    }
    transfers_.clear();
    std::vector<Waiting> left;
    waiting_.drain(left, options_.requests_waiting_max);
    for (Waiting& waiting : left) {
      waiting.callback(fail(ErrorCode::Unavailable, "client_stopped",
                            "The client stopped before the request was sent."));
    }
  }

  const CurlClientOptions options_;
  CURLM* multi_;
  Inbox<Waiting> waiting_;
  std::unordered_map<CURL*, std::unique_ptr<CurlTransfer>> transfers_;
  std::mutex tls_mutex_;
  TlsMaterialPtr tls_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

Result<std::unique_ptr<CurlClient>> CurlClient::start(CurlClientOptions options) {
  initialise_once();
  return std::unique_ptr<CurlClient>(new CurlClient(std::make_unique<Loop>(std::move(options))));
}

CurlClient::CurlClient(std::unique_ptr<Loop> loop) : loop_(std::move(loop)) {}
CurlClient::~CurlClient() = default;

void CurlClient::send(ClientRequest request, Callback callback) {
  loop_->send(std::move(request), std::move(callback));
}

void CurlClient::use_tls(TlsMaterialPtr material) {
  loop_->use_tls(std::move(material));
}

Result<HttpResponse> send_and_wait(HttpClient& client, ClientRequest request) {
  struct Shared {
    std::mutex mutex;
    std::condition_variable answered;
    std::optional<Result<HttpResponse>> answer;
  };
  auto shared = std::make_shared<Shared>();
  client.send(std::move(request), [shared](Result<HttpResponse> answer) {
    const std::lock_guard lock(shared->mutex);
    shared->answer = std::move(answer);
    shared->answered.notify_all();
  });
  std::unique_lock lock(shared->mutex);
  shared->answered.wait(lock, [&] { return shared->answer.has_value(); });
  return std::move(*shared->answer);
}

}  // namespace remit::net
