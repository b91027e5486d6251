#pragma once

#include "app/world/child_process.h"
#include "app/world/reserved_port.h"
#include "kit/net/curl_client.h"

#include <atomic>
#include <memory>
#include <mutex>
#include <string>

namespace remit::app {

struct WorldOptions {
  std::string directory;   ///< Made anew.
  std::uint64_t seed = 1;  ///< Of the bank's faults.
  bool faults = true;
  bool confirm_funds = false;    ///< The server asks the bank before each hand-over.
  std::string standard = "4.0";  ///< Of the bank that payments go to which name none.
  std::string events = "poll";   ///< How the bank's events come: none, poll or push.
  bool tls = true;               ///< Of the server; the bank always wants it.
  bool record = true;            ///< Keeps every exchange with the bank in exchanges.jsonl.
  /// Of a thousand payments: what the bank rejects, and where it does not answer before, or behind, the execution.
  std::uint32_t rejected = 50;
  std::uint32_t silent_before = 50;
  std::uint32_t silent_after = 50;
  bool serve = true;  ///< Starts the server too, and makes a key; else whoever asked does.
  /// A directory with a sandbox's keys (lab/bank/sandbox.h), which the world's own takes over: to make RSA keys takes longer
  /// than a short script of payments. Empty: it makes its own.
  std::string keys;
};

/// A bank and a server, each a process of its own, that speak real HTTP with each other and with whoever started them.
class World {
 public:
  static Result<std::unique_ptr<World>> start(const WorldOptions& options);

  const std::string& server_url() const { return server_url_; }
  const std::string& bank_url() const { return bank_url_; }
  const std::string& control_url() const { return control_url_; }
  const std::string& key() const { return key_; }
  /// Of the server and the bank.
  std::uint16_t server_port() const { return server_port_.number(); }
  std::uint16_t bank_port() const { return bank_port_.number(); }
  std::string data_directory() const { return directory_ + "/remit-data"; }
  net::HttpClient& http() { return *http_; }

  /// Starts the server's process and waits for nothing. From the thread that started the world.
  Result<void> launch_server(const std::vector<std::string>& environment = {});
  /// The process of the server that was started last.
  ChildProcess& server() { return *server_; }
  bool server_ready();
  /// A client of the API and its key. Once only.
  Result<void> make_key();
  /// kill -9 and start again. Returns when it serves. From the thread that started the world.
  Result<void> kill_and_restart_server();
  /// The server's own figure of the kernel: its peak of resident memory.
  Result<std::uint64_t> server_peak_memory_bytes() const;
  /// The orderly end; its exit code.
  int stop_server();

 private:
  explicit World(std::string directory) : directory_(std::move(directory)) {}
  /// Made anew, with the keys that are taken over.
  Result<void> make_directory(const WorldOptions& options);
  Result<void> start_bank(const WorldOptions& options);
  Result<void> set_faults(const WorldOptions& options);
  Result<void> start_server();
  Result<std::string> post(const std::string& url, std::string body);

  std::string directory_;
  ReservedPort server_port_;
  ReservedPort bank_port_;
  ReservedPort control_port_;
  std::string server_url_;
  std::string bank_url_;
  std::string control_url_;
  std::string key_;
  std::unique_ptr<net::CurlClient> http_;
  std::optional<ChildProcess> bank_;
  std::optional<ChildProcess> server_;
};

}  // namespace remit::app
