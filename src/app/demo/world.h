#pragma once

#include "app/demo/child_process.h"
#include "kit/net/curl_client.h"

#include <atomic>
#include <memory>
#include <mutex>
#include <string>

namespace remit::app {

/// What the demo shows: how many payments, what goes wrong, and for how long it stays.
struct DemoOptions {
  std::string directory = "remit-demo";
  std::size_t payments = 500;
  std::size_t payers = 32;  ///< At once.
  std::uint64_t seed = 1;
  bool chaos = false;
  std::size_t runs = 0;  ///< 0: one, or ten under chaos.
  bool json = false;
  bool keep = false;
};

/// A bank and a server, each a process of its own, that speak real HTTPS with each other and with the demo.
class World {
 public:
  static Result<std::unique_ptr<World>> start(const DemoOptions& options);

  const std::string& server_url() const { return server_url_; }
  const std::string& bank_url() const { return bank_url_; }
  const std::string& control_url() const { return control_url_; }
  const std::string& key() const { return key_; }
  std::string data_directory() const { return directory_ + "/remit-data"; }
  net::HttpClient& http() { return *http_; }

  /// kill -9 and start again. Returns when it serves. From the thread that started the world.
  Result<void> kill_and_restart_server();
  /// The orderly end; its exit code.
  int stop_server();

 private:
  explicit World(std::string directory) : directory_(std::move(directory)) {}
  Result<void> start_bank(const DemoOptions& options);
  Result<void> set_faults(const DemoOptions& options);
  Result<void> start_server();
  Result<void> make_key();
  Result<std::string> post(const std::string& url, std::string body);

  std::string directory_;
  std::string server_url_;
  std::string bank_url_;
  std::string control_url_;
  std::string key_;
  std::unique_ptr<net::CurlClient> http_;
  std::optional<ChildProcess> bank_;
  std::optional<ChildProcess> server_;
};

}  // namespace remit::app
