#include "pay/api/query.h"

#include "kit/base/bytes.h"
#include "kit/net/router.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

namespace remit::api {
namespace {

constexpr char kCursorSeparator = '\n';

std::unexpected<Error> cursor_invalid() {
  return fail(ErrorCode::InvalidArgument, "cursor_invalid",
              "Use next_cursor of the page before as it is, or leave cursor out.", "cursor");
}

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
  const auto text = find("cursor");
  if (!text) return std::optional<std::pair<std::string, std::string>>();
  return std::optional(TRY(decode_cursor(*text)));
}

Result<std::optional<TypeId>> Query::id(std::string_view name) const {
  const auto text = find(name);
  if (!text) return std::optional<TypeId>();
  const std::optional<TypeId> id = TypeId::parse(*text);
  if (id) return id;
  return fail(
      ErrorCode::InvalidArgument, "id_invalid",
      fmt::format("{} is an id as it was given, such as pay_01h455vb4pex5vsknk084sn02q.", name),
      std::string(name));
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

Result<std::pair<std::string, std::string>> decode_cursor(std::string_view cursor) {
  const std::optional<Bytes> plain = from_base64url(cursor);
  const std::size_t at = plain ? as_text(*plain).find(kCursorSeparator) : std::string_view::npos;
  if (at == std::string_view::npos) return cursor_invalid();
  return std::pair(std::string(as_text(*plain).substr(0, at)),
                   std::string(as_text(*plain).substr(at + 1)));
}

Result<std::uint64_t> position_in_cursor(const std::string& sort_key) {
  std::uint64_t position = 0;
  const char* end_of_key = sort_key.data() + sort_key.size();
  const auto [end, error] = std::from_chars(sort_key.data(), end_of_key, position);
  // What SQLite cannot hold was not given by us either.
  const bool held =
      position <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (error != std::errc() || end != end_of_key || !held) return cursor_invalid();
  return position;
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
