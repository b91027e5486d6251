#include "pay/api/query.h"

#include "kit/base/bytes.h"
#include "kit/net/router.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace remit::api {
namespace {

constexpr char kCursorSeparator = '\n';

}  // namespace

Result<Query> Query::parse(std::string_view raw, const std::vector<std::string_view>& known) {
  const auto fields = net::parse_form(raw);
  if (!fields) {
    return fail(ErrorCode::InvalidArgument, "query_malformed",
                "The query of the URL is not name=value pairs; escape what is not a letter or "
                "digit.");
  }
  Query query;
  for (const auto& [name, value] : *fields) {
    if (std::ranges::find(known, name) == known.end()) {
      return fail(ErrorCode::InvalidArgument, "query_unknown",
                  fmt::format("There is no query parameter '{}' here; known are: {}.", name,
                              known.empty() ? "none" : fmt::to_string(fmt::join(known, ", "))),
                  name);
    }
    if (!query.values_.emplace(name, value).second) {
      return fail(ErrorCode::InvalidArgument, "query_repeated",
                  fmt::format("Give '{}' once.", name), name);
    }
  }
  return query;
}

std::optional<std::string_view> Query::find(std::string_view name) const {
  const auto found = values_.find(name);
  if (found == values_.end()) return std::nullopt;
  return found->second;
}

Result<std::size_t> Query::limit() const {
  const auto text = find("limit");
  if (!text) return kPageRowsDefault;
  std::size_t limit = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), limit);
  if (error != std::errc() || end != text->data() + text->size() || limit < 1 ||
      limit > kPageRowsMax) {
    return fail(ErrorCode::InvalidArgument, "limit_invalid",
                fmt::format("limit is a number from 1 to {}.", kPageRowsMax), "limit");
  }
  return limit;
}

Result<std::optional<std::pair<std::string, std::string>>> Query::cursor() const {
  using Cursor = std::optional<std::pair<std::string, std::string>>;
  const auto text = find("cursor");
  if (!text) return Cursor();
  const std::optional<Bytes> plain = from_base64url(*text);
  const std::size_t at = plain ? as_text(*plain).find(kCursorSeparator) : std::string_view::npos;
  if (at == std::string_view::npos) {
    return fail(ErrorCode::InvalidArgument, "cursor_invalid",
                "Use next_cursor of the page before as it is, or leave cursor out.", "cursor");
  }
  return Cursor(
      {std::string(as_text(*plain).substr(0, at)), std::string(as_text(*plain).substr(at + 1))});
}

Result<std::optional<Timestamp>> Query::time(std::string_view name) const {
  const auto text = find(name);
  if (!text) return std::optional<Timestamp>();
  const std::optional<Timestamp> time = from_rfc3339(*text);
  if (!time) {
    return fail(ErrorCode::InvalidArgument, "time_invalid",
                fmt::format("{} is an RFC 3339 time, such as 2026-08-20T09:30:00Z.", name),
                std::string(name));
  }
  return time;
}

std::string encode_cursor(std::string_view sort_key, std::string_view id) {
  return to_base64url(as_bytes(fmt::format("{}{}{}", sort_key, kCursorSeparator, id)));
}

std::string render_page(const std::vector<std::string>& items,
                        const std::optional<std::string>& next_cursor) {
  std::string body = fmt::format("{{\"data\":[{}]", fmt::join(items, ","));
  if (next_cursor) body += fmt::format(",\"next_cursor\":\"{}\"", *next_cursor);
  return body + "}";
}

}  // namespace remit::api
