#include "app/world/world.h"

#include "app/admin_client.h"
#include "kit/base/codec/json_document.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <thread>

namespace remit::app {
namespace {

constexpr auto kStep = std::chrono::milliseconds(5);
constexpr auto kStartPatience = std::chrono::seconds(30);

constexpr std::string_view kFaults =
    R"({{"seed":{},"rates":[{{"call":"payment","fault":"rejected","per_mille":{}}},)"
    R"({{"call":"payment","fault":"timeout_before","per_mille":{}}},)"
    R"({{"call":"payment","fault":"timeout_after","per_mille":{}}}]}})";

template <class F>
Result<void> wait_until(std::string_view what, F holds) {
  const auto deadline = std::chrono::steady_clock::now() + kStartPatience;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) {
      return fail(ErrorCode::DeadlineExceeded, "not_started",
                  fmt::format("{} did not start; look at its log.", what));
    }
    std::this_thread::sleep_for(kStep);
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<World>> World::start(const WorldOptions& options) {
  auto world = std::unique_ptr<World>(new World(options.directory));
  TRY(world->make_directory(options));
  TRY(world->start_bank(options));
  world->http_ = TRY(net::CurlClient::start(
      {.name = "demo",
       .tls = net::TlsFiles{.certificate_chain = {},
                            .private_key = {},
                            .trusted_authorities = options.directory + "/ca.pem"}}));
  if (options.faults) TRY(world->set_faults(options));
  if (!options.serve) return world;
  TRY(world->start_server());
  TRY(world->make_key());
  return world;
}

Result<void> World::make_directory(const WorldOptions& options) {
  std::error_code error;
  std::filesystem::remove_all(directory_, error);
  std::filesystem::create_directories(directory_, error);
  if (!error && !options.keys.empty()) {
    for (const auto& file : std::filesystem::directory_iterator(options.keys, error)) {
      const auto ending = file.path().extension();
      if (ending != ".pem" && ending != ".key") continue;
      std::filesystem::copy_file(file.path(),
                                 std::filesystem::path(directory_) / file.path().filename(), error);
      if (error) break;
    }
  }
  if (!error) return {};
  return fail(ErrorCode::Unavailable, "directory_not_made",
              fmt::format("{} cannot be made anew: {}.", directory_, error.message()));
}

Result<void> World::start_bank(const WorldOptions& options) {
  server_port_ = TRY(ReservedPort::take());
  bank_port_ = TRY(ReservedPort::take());
  control_port_ = TRY(ReservedPort::take());
  server_url_ = fmt::format("{}://127.0.0.1:{}", options.tls ? "https" : "http", server_port());
  bank_url_ = fmt::format("https://127.0.0.1:{}", bank_port());
  control_url_ = fmt::format("http://127.0.0.1:{}", control_port_.number());
  std::vector<std::string> arguments{"sandbox",
                                     "--directory",
                                     directory_,
                                     "--public-url",
                                     server_url_,
                                     "--port",
                                     std::to_string(bank_port()),
                                     "--control-port",
                                     std::to_string(control_port_.number()),
                                     "--seed",
                                     std::to_string(options.seed),
                                     "--standard",
                                     options.standard,
                                     "--events",
                                     options.events,
                                     "--automatic-payer",
                                     "--json"};
  if (options.confirm_funds) arguments.emplace_back("--confirm-funds");
  if (options.record) arguments.emplace_back("--record");
  bank_ = TRY(ChildProcess::start(arguments, directory_ + "/bank-output.log"));
  return wait_until("The model bank", [this] {
    return std::filesystem::exists(directory_ + "/remit.toml") && bank_->running();
  });
}

Result<std::string> World::post(const std::string& url, std::string body) {
  net::ClientRequest request{.method = "POST", .url = url, .body = std::move(body)};
  request.headers.add("Content-Type", "application/json");
  net::HttpResponse response = TRY(net::send_and_wait(*http_, std::move(request)));
  if (response.status >= 300) {
    return fail(ErrorCode::FailedPrecondition, "refused",
                fmt::format("{} answered {}: {}", url, response.status, response.body));
  }
  return std::move(response.body);
}

Result<void> World::set_faults(const WorldOptions& options) {
  TRY(post(control_url_ + "/sandbox/faults",
           fmt::format(fmt::runtime(kFaults), options.seed, options.rejected, options.silent_before,
                       options.silent_after)));
  return {};
}

Result<void> World::launch_server(const std::vector<std::string>& environment) {
  server_ = TRY(ChildProcess::start({"serve", "--config", directory_ + "/remit.toml"},
                                    directory_ + "/serve.log", environment));
  return {};
}

bool World::server_ready() {
  const auto ready = net::send_and_wait(*http_, {.method = "GET", .url = server_url_ + "/readyz"});
  return ready && ready->status == 200;
}

Result<void> World::start_server() {
  TRY(launch_server());
  return wait_until("The server", [this] { return server_->running() && server_ready(); });
}

Result<void> World::make_key() {
  const std::string client =
      TRY(ask_admin(data_directory(), "POST", "/admin/clients", R"({"name":"The demo's shop"})"));
  const auto made = TRY(codec::JsonDocument::parse(client, {}));
  const std::string answer =
      TRY(ask_admin(data_directory(), "POST",
                    fmt::format("/admin/clients/{}/keys", text_at(made.root(), "id")), "{}"));
  key_ = text_at(TRY(codec::JsonDocument::parse(answer, {})).root(), "key");
  return {};
}

Result<void> World::kill_and_restart_server() {
  server_->kill();
  return start_server();
}

Result<std::uint64_t> World::server_peak_memory_bytes() const {
  std::ifstream status(fmt::format("/proc/{}/status", server_->id()));
  for (std::string line; std::getline(status, line);) {
    // proc(5): "VmHWM:     12345 kB"
    if (line.starts_with("VmHWM:")) return std::strtoull(line.c_str() + 6, nullptr, 10) * 1024;
  }
  return fail(ErrorCode::Unavailable, "memory_unknown", "The server has ended.");
}

int World::stop_server() {
  return server_->stop(std::chrono::seconds(30));
}

}  // namespace remit::app
