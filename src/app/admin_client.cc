#include "app/admin_client.h"

#include "kit/base/codec/json_writer.h"
#include "kit/net/curl_client.h"

#include <fmt/format.h>

#include <algorithm>

namespace remit::app {
namespace {

Error to_error(const net::HttpResponse& response) {
  const auto document = codec::JsonDocument::parse(response.body, {});
  Error error{ErrorCode::FailedPrecondition,
              "request_failed",
              fmt::format("The server answered {}.", response.status),
              {},
              nullptr};
  if (document && document->root().kind == codec::JsonKind::Object) {
    error.reason = text_at(document->root(), "code");
    error.message = text_at(document->root(), "detail");
    error.field = text_at(document->root(), "field");
  }
  return error;
}

}  // namespace

Result<std::string> ask_admin(const std::filesystem::path& data, std::string_view method,
                              std::string_view path, std::string body) {
  const auto client = TRY(net::CurlClient::start({.name = "admin"}));
  net::ClientRequest request{.method = std::string(method),
                             .url = fmt::format("http://remit{}", path),
                             .socket_path = (data / "admin.sock").string(),
                             .headers = {},
                             .body = std::move(body)};
  if (!request.body.empty()) request.headers.add("Content-Type", "application/json");
  auto response = net::send_and_wait(*client, std::move(request));
  if (!response) {
    return fail(
        ErrorCode::Unavailable, "server_not_running",
        fmt::format("No server answers on {}; start it with `remit serve`, or name its data "
                    "directory with --data.",
                    (data / "admin.sock").string()));
  }
  if (response->status >= 400) return std::unexpected(to_error(*response));
  return std::move(response->body);
}

std::string print_json(const codec::JsonNode& node) {
  codec::JsonWriter writer;
  codec::write_node(writer, node);
  return writer.take();
}

std::string text_at(const codec::JsonNode& item, std::string_view path) {
  const codec::JsonNode* node = &item;
  while (!path.empty()) {
    const std::size_t dot = std::min(path.find('.'), path.size());
    if (node->kind != codec::JsonKind::Object) return {};
    node = node->find(path.substr(0, dot));
    if (node == nullptr) return {};
    path.remove_prefix(std::min(dot + 1, path.size()));
  }
  switch (node->kind) {
    case codec::JsonKind::String:
    case codec::JsonKind::Number:
      return std::string(node->text);
    case codec::JsonKind::Signed:
      return std::to_string(static_cast<std::int64_t>(node->bits));
    case codec::JsonKind::Unsigned:
      return std::to_string(node->bits);
    case codec::JsonKind::Bool:
      return node->bits != 0 ? "yes" : "no";
    case codec::JsonKind::Object:
    case codec::JsonKind::Array:
      return print_json(*node);
    default:
      return {};
  }
}

}  // namespace remit::app
