#include "app/client/api_options.h"

#include "app/admin_client.h"
#include "app/api_routes.h"
#include "app/commands.h"
#include "kit/base/codec/json.h"
#include "kit/base/durable_file.h"
#include "kit/net/curl_client.h"
#include "kit/net/router.h"
#include "kit/net/url.h"
#include "pay/api/problems.h"
#include "pay/api/query.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cstdio>
#include <cstdlib>
#include <thread>

namespace remit::app {
namespace {

constexpr std::size_t kKeyBytesMax = 512;
constexpr const char* kKeyVariable = "REMIT_API_KEY";

bool is_this_machine(const std::string& host) {
  if (host == "localhost" || host == "::1") return true;
  in_addr address{};
  return ::inet_pton(AF_INET, host.c_str(), &address) == 1 && host.starts_with("127.");
}

Result<std::string> api_key(const ApiOptions& options) {
  std::string key;
  if (!options.key_file.empty()) {
    const Bytes bytes = TRY(read_file(options.key_file, kKeyBytesMax));
    key = std::string(as_text(bytes));
  } else if (const char* given = std::getenv(kKeyVariable); given != nullptr) {
    key = given;
  }
  while (!key.empty() && (key.back() == '\n' || key.back() == '\r')) key.pop_back();
  if (key.empty()) {
    return fail(ErrorCode::InvalidArgument, "api_key_not_given",
                "Set REMIT_API_KEY, or name a file that holds the key with --key-file. An operator "
                "makes one with `remit clients add-key`.");
  }
  const bool plain = std::ranges::all_of(key, [](char c) { return c > ' ' && c <= '~'; });
  if (!plain || key.size() > kKeyBytesMax) {
    return fail(ErrorCode::InvalidArgument, "api_key_unreadable",
                "What REMIT_API_KEY or --key-file gives is no API key: it has one line of visible "
                "ASCII, as `remit clients add-key` printed it.");
  }
  return key;
}

std::uint64_t seed_from(Entropy& entropy) {
  std::uint64_t seed = 0;
  entropy.fill(std::as_writable_bytes(std::span(&seed, 1)));
  return seed;
}

}  // namespace

void add_api_options(CLI::App& command, ApiOptions& options) {
  command.add_option("--url", options.url, "Where the API is")
      ->envname("REMIT_API_URL")
      ->capture_default_str();
  command
      .add_option("--ca", options.authorities,
                  "Who signed its certificate, in PEM; the system's authorities by default")
      ->envname("REMIT_API_CA")
      ->type_name("FILE");
  command
      .add_option("--key-file", options.key_file,
                  "Holds the API key; REMIT_API_KEY is one instead of it")
      ->type_name("FILE");
  command.add_option("--timeout", options.timeout_seconds, "Seconds for one try")
      ->check(CLI::Range(1, 600))
      ->capture_default_str();
  command
      .add_option("--tries", options.tries_max,
                  "At most, while the server is busy or does not answer; always under the same key")
      ->check(CLI::Range(1U, kApiTriesMax))
      ->capture_default_str();
  command.add_flag("--json", options.json, "Prints JSON");
}

void add_idempotency_key(CLI::App& command, ApiOptions& options) {
  command.add_option("--idempotency-key", options.idempotency_key,
                     "Of an earlier run of the same command: what it did is not done twice");
}

void add_page_options(CLI::App& command, PageOptions& options) {
  command.add_option("--limit", options.limit, "Rows")
      ->check(CLI::Range(std::size_t{1}, api::kPageRowsMax))
      ->capture_default_str();
  command.add_option("--cursor", options.cursor, "Goes on where the page before ended");
}

std::string query_of(const PageOptions& page,
                     const std::vector<std::pair<std::string_view, std::string>>& filters) {
  std::string query = fmt::format("?limit={}", page.limit);
  if (!page.cursor.empty()) query += "&cursor=" + net::percent_encode(page.cursor);
  for (const auto& [name, value] : filters) {
    if (!value.empty()) query += fmt::format("&{}={}", name, net::percent_encode(value));
  }
  return query;
}

bool has_api_key(const ApiOptions& options) {
  const char* given = std::getenv(kKeyVariable);
  return !options.key_file.empty() || (given != nullptr && *given != '\0');
}

Result<ApiTarget> api_target(const ApiOptions& options) {
  ApiTarget target{.url = options.url,
                   .key = TRY(api_key(options)),
                   .timeout = std::chrono::seconds(options.timeout_seconds),
                   .tries_max = options.tries_max};
  while (target.url.ends_with('/')) target.url.pop_back();
  const net::Url url = TRY(net::parse_url(target.url));
  if (url.scheme == "https" || (url.scheme == "http" && is_this_machine(url.host))) return target;
  return fail(ErrorCode::InvalidArgument, "api_url_not_safe",
              fmt::format("--url {} must begin with https://, or the key could be read on the way; "
                          "http:// is for this machine alone.",
                          options.url));
}

struct ApiSession::Parts {
  Parts(std::unique_ptr<net::CurlClient> client, ApiTarget target)
      : http(std::move(client)),
        random(seed_from(entropy)),
        api({.http = *http,
             .random = random,
             .pause = [](Duration pause) { std::this_thread::sleep_for(pause); }},
            std::move(target)) {}

  SystemEntropy entropy;
  std::unique_ptr<net::CurlClient> http;
  SeededRandom random;
  ApiClient api;
};

Result<std::unique_ptr<ApiSession>> ApiSession::open(const ApiOptions& options) {
  ApiTarget target = TRY(api_target(options));
  net::CurlClientOptions http{.name = "api", .tls = {}};
  if (!options.authorities.empty()) {
    http.tls = net::TlsFiles{.trusted_authorities = options.authorities};
    TRY(net::load_tls(*http.tls, SystemClock().now()));
  }
  auto client = TRY(net::CurlClient::start(std::move(http)));
  return std::unique_ptr<ApiSession>(
      new ApiSession(options, std::make_unique<Parts>(std::move(client), std::move(target))));
}

ApiSession::ApiSession(ApiOptions options, std::unique_ptr<Parts> parts)
    : options_(std::move(options)), parts_(std::move(parts)) {}
ApiSession::~ApiSession() = default;

Result<std::string> ApiSession::read(std::string path) {
  return parts_->api.send({.method = "GET", .path = std::move(path)});
}

Result<std::string> ApiSession::change(std::string method, std::string path, std::string body,
                                       std::string_view part) {
  if (options_.idempotency_key.empty()) {
    options_.idempotency_key = to_hex(parts_->entropy.bytes(16));
    const std::string text =
        options_.json ? fmt::format("{{\"idempotency_key\":\"{}\"}}\n", options_.idempotency_key)
                      : fmt::format("idempotency key {}\n", options_.idempotency_key);
    std::fwrite(text.data(), 1, text.size(), stderr);
  }
  return parts_->api.send({.method = std::move(method),
                           .path = std::move(path),
                           .body = std::move(body),
                           .idempotency_key = options_.idempotency_key + std::string(part)});
}

int with_api(const ApiOptions& options, const std::function<Result<void>(ApiSession&)>& run) {
  const auto session = ApiSession::open(options);
  if (!session) return report_misuse(session.error(), options.json);
  const Result<void> done = run(**session);
  if (done) return 0;
  const ApiDescription api;
  const auto& problems = api.gateway().problems();
  const auto known = std::ranges::find(problems, done.error().reason, &api::ProblemKind::code);
  return report(done.error(), options.json, known == problems.end() ? "" : known->remedy);
}

void print_page(const std::string& body, bool json, const std::vector<Column>& columns) {
  print_items(body, json, columns);
  const auto document =
      codec::JsonDocument::parse(body, {.bytes_max = kApiAnswerBytesMax, .members_max = 1'000'000});
  const std::string next = document ? text_at(document->root(), "next_cursor") : "";
  if (json || next.empty()) return;
  const std::string text = fmt::format("There are more: --cursor {}\n", next);
  std::fwrite(text.data(), 1, text.size(), stderr);
}

void print_id(const std::string& body, bool json) {
  const auto document = codec::JsonDocument::parse(body, {.bytes_max = kApiAnswerBytesMax});
  print((json || !document ? body : text_at(document->root(), "id")) + "\n");
}

}  // namespace remit::app
