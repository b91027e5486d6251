#include "app/admin_client.h"

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
    default:
      return {};
  }
}

std::string to_table(const codec::JsonNode& items, const std::vector<Column>& columns) {
  if (items.kind != codec::JsonKind::Array || items.count == 0) return "none\n";
  std::vector<std::vector<std::string>> rows;
  std::vector<std::size_t> widths;
  rows.emplace_back();
  for (const Column& column : columns) {
    rows.front().emplace_back(column.heading);
    widths.push_back(column.heading.size());
  }
  const codec::JsonNode* item = items.first();
  for (std::uint32_t i = 0; i < items.count; ++i, item = item->next()) {
    std::vector<std::string>& row = rows.emplace_back();
    for (std::size_t c = 0; c < columns.size(); ++c) {
      row.push_back(text_at(*item, columns[c].path));
      widths[c] = std::max(widths[c], row.back().size());
    }
  }
  std::string table;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t c = 0; c < row.size(); ++c) line += fmt::format("{:<{}}  ", row[c], widths[c]);
    line.erase(line.find_last_not_of(' ') + 1);
    table += line + "\n";
  }
  return table;
}

}  // namespace remit::app
