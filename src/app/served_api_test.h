#pragma once

#include "app/admin_client.h"
#include "app/api_routes.h"
#include "app/server.h"
#include "kit/base/codec/json_document.h"
#include "kit/base/durable_file.h"
#include "kit/net/curl_client.h"
#include "lab/bank/sandbox.h"
#include "pay/api/problems.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <unistd.h>

namespace remit::app {

/// A whole server on plain HTTP, whose bank cannot be reached and is never asked, nor can whoever verifies payees: for what
/// clients see of the API.
class ServedApi : public testing::Test {
 protected:
  struct Answer {
    int status = 0;
    net::HttpResponse response;
    std::string text(std::string_view path) const {
      const auto document = codec::JsonDocument::parse(response.body, {});
      return document ? text_at(document->root(), path) : "";
    }
    std::string header(std::string_view name) const {
      return std::string(response.headers.find(name).value_or(""));
    }
  };

  static void SetUpTestSuite() {
    folder_ = (std::filesystem::temp_directory_path() /
               fmt::format("remit-api-{}", static_cast<long>(::getpid())))
                  .string();
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    const auto sandbox =
        lab::bank::write_sandbox(folder_, {"https://127.0.0.1/callback"}, SystemClock().now());
    ASSERT_TRUE(sandbox) << sandbox.error().describe();
    config_ = config(*sandbox);
    start();
    http_ = *net::CurlClient::start({.name = "test"});
    client_ = admin("/admin/clients", R"({"name":"Corner shop"})", "id");
    key_ = make_key(client_, "{}");
    other_key_ = make_key(admin("/admin/clients", R"({"name":"Another"})", "id"), "{}");
    admin("/admin/flows/authorise_payments/pause", "{}", "");
  }
  static void TearDownTestSuite() {
    http_.reset();
    server_.reset();
    std::filesystem::remove_all(folder_);
  }

  static std::string admin(const std::string& path, std::string body, std::string_view wanted) {
    const auto answer = ask_admin(data(), "POST", path, std::move(body));
    EXPECT_TRUE(answer) << answer.error().describe();
    const auto document = codec::JsonDocument::parse(answer.value_or("{}"), {});
    return wanted.empty() || !document ? "" : text_at(document->root(), wanted);
  }
  static std::string make_key(const std::string& client, std::string options) {
    return admin(fmt::format("/admin/clients/{}/keys", client), std::move(options), "key");
  }

  /// Ends the server and starts another on the same data.
  static void restart() {
    server_.reset();
    start();
  }

  /// As the client does it: with its key, and for POST a new Idempotency-Key and JSON.
  Answer call(std::string method, std::string path, std::string body = {}) {
    return send(request(std::move(method), std::move(path), std::move(body)));
  }
  net::ClientRequest request(std::string method, std::string path, std::string body = {}) {
    net::ClientRequest made{
        .method = std::move(method), .url = server_->url() + path, .body = std::move(body)};
    made.headers.add("Authorization", "Bearer " + key_);
    if (made.method == "POST") {
      made.headers.add("Idempotency-Key", fmt::format("test-{}", ++last_key_));
      made.headers.add("Content-Type", "application/json");
    }
    return made;
  }
  Answer send(net::ClientRequest made) {
    const std::string method = made.method;
    const std::string path = made.url.substr(server_->url().size());
    auto answer = net::send_and_wait(*http_, std::move(made));
    EXPECT_TRUE(answer) << answer.error().describe();
    if (!answer) return {};
    const Answer given{answer->status, *std::move(answer)};
    expect_documented(method, path.substr(0, path.find('?')), given);
    return given;
  }

  /// The status, and of a problem the code, is one that the operation of that path names.
  static void expect_documented(const std::string& method, const std::string& path,
                                const Answer& answer) {
    static const ApiDescription api;
    static net::Router router = [] {
      net::Router made;
      for (const api::Operation& operation : api.gateway().operations()) {
        made.add(operation.method, operation.path,
                 [&operation](net::RoutedRequest, net::Responder respond) {
                   net::HttpResponse named;
                   named.body = operation.id;
                   respond(std::move(named));
                 });
      }
      return made;
    }();
    net::HttpRequest asked;
    asked.method = method;
    asked.path = path;
    router.handle(std::move(asked), [&](const net::HttpResponse& named) {
      for (const api::Operation& operation : api.gateway().operations()) {
        if (operation.id != named.body) continue;
        if (answer.status < 400) {
          EXPECT_EQ(answer.status, operation.status) << operation.id;
          continue;
        }
        const auto codes = api::problem_codes(operation);
        EXPECT_TRUE(std::ranges::find(codes, answer.text("code")) != codes.end())
            << operation.id << " does not name the problem " << answer.text("code");
      }
    });
  }

  /// What was decided so far, in all partitions.
  static std::string positions() {
    const auto status = ask_admin(data(), "GET", "/admin/status");
    EXPECT_TRUE(status);
    std::string found;
    const auto document = codec::JsonDocument::parse(*status, {});
    const codec::JsonNode* partition = document->root().find("partitions")->first();
    for (; found.size() < 64 && partition != nullptr; partition = nullptr) {
      found += text_at(*partition, "position") + " ";
      found += text_at(*partition->next(), "position");
    }
    return found;
  }
  /// The answer is a problem with this status and code, which says what to do; and nothing was decided.
  void expect_refused(net::ClientRequest made, int status, std::string_view code) {
    const std::string before = positions();
    const std::string what =
        fmt::format("{} {} {}", made.method, made.url, made.body.substr(0, 200));
    const Answer answer = send(std::move(made));
    EXPECT_EQ(answer.status, status) << what << "\n" << answer.response.body;
    EXPECT_EQ(answer.text("code"), code) << what << "\n" << answer.response.body;
    EXPECT_EQ(answer.header("Content-Type"), "application/problem+json") << what;
    EXPECT_GT(answer.text("detail").size(), 10U) << what;
    EXPECT_EQ(positions(), before) << what;
  }
  void expect_refused(std::string path, std::string body, int status, std::string_view code) {
    expect_refused(request("POST", std::move(path), std::move(body)), status, code);
  }

  static std::string data() { return folder_ + "/data"; }
  static const ServerConfig& config_of_suite() { return config_; }
  static Result<std::unique_ptr<Server>> start_on(ServerConfig config) {
    static SystemClock clock;
    static SystemEntropy entropy;
    static service::Log log(clock, service::LogLevel::Error);
    return Server::start(std::move(config), {clock, entropy, log});
  }

  static inline std::string folder_;
  static inline std::string client_;
  static inline std::string key_;
  static inline std::string other_key_;
  static inline std::unique_ptr<net::CurlClient> http_;
  static inline std::unique_ptr<Server> server_;
  static inline int last_key_ = 0;

 private:
  static inline ServerConfig config_;
  static void start() {
    auto server = start_on(config_);
    ASSERT_TRUE(server) << server.error().describe();
    server_ = *std::move(server);
  }
  static ServerConfig config(const lab::bank::Sandbox& sandbox) {
    ServerConfig config;
    config.http.port = 0;
    config.http.public_url = "http://127.0.0.1";
    config.data.directory = data();
    // A rule of our own for one sort code, so that nothing else is touched by it.
    EXPECT_TRUE(write_file_durably(folder_ + "/weights.txt",
                                   as_bytes("400000 400000 MOD10 0 0 0 0 0 0 7 1 3 7 1 3 7 1\n"),
                                   0600));
    config.payments.modulus_weights = folder_ + "/weights.txt";
    config.banks.push_back({.name = "model-bank",
                            .issuer = "https://127.0.0.1:1",
                            .api_url = "https://127.0.0.1:1/open-banking/v4.0/pisp",
                            .client_id = sandbox.client_id,
                            .signature_issuer = sandbox.signature_issuer,
                            .signing_key = sandbox.pki.tpp_signing_key(),
                            .signing_key_id = sandbox.tpp_signing_kid,
                            .transport_certificate = sandbox.pki.transport_certificate(),
                            .transport_key = sandbox.pki.transport_key(),
                            .trusted_authorities = sandbox.pki.authority_certificate()});
    config.payee_verification = {.api_url = "https://127.0.0.1:1/open-banking/v1.0/cop",
                                 .issuer = "https://127.0.0.1:1",
                                 .client_id = sandbox.client_id,
                                 .signature_issuer = sandbox.signature_issuer,
                                 .signing_key = sandbox.pki.tpp_signing_key(),
                                 .signing_key_id = sandbox.tpp_signing_kid,
                                 .transport_certificate = sandbox.pki.transport_certificate(),
                                 .transport_key = sandbox.pki.transport_key(),
                                 .trusted_authorities = sandbox.pki.authority_certificate()};
    return config;
  }
};

}  // namespace remit::app
