#pragma once

#include "kit/base/result.h"
#include "kit/base/time.h"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace remit::api {

/// Rows on a page when the request does not say, and the most that it may ask for.
inline constexpr std::size_t kPageRowsDefault = 20;
inline constexpr std::size_t kPageRowsMax = 100;

/// The query of a URL, each name once. What the endpoint does not know is an error, not ignored.
class Query {
 public:
  static Result<Query> parse(std::string_view raw, const std::vector<std::string_view>& known);

  /// Nullopt when absent.
  std::optional<std::string_view> find(std::string_view name) const;
  /// `limit`: 1 to kPageRowsMax.
  Result<std::size_t> limit() const;
  /// `cursor`, as Page::next gave it; nullopt on the first page. Two parts: the sort key and the id that breaks ties.
  Result<std::optional<std::pair<std::string, std::string>>> cursor() const;
  /// An RFC 3339 moment.
  Result<std::optional<Timestamp>> time(std::string_view name) const;

 private:
  std::map<std::string, std::string, std::less<>> values_;
};

/// The opaque cursor of a list whose last row has this sort key and id.
std::string encode_cursor(std::string_view sort_key, std::string_view id);

/// {"data":[...],"next_cursor":"..."}: items are JSON already; `next_cursor` is left out on the last page.
std::string render_page(const std::vector<std::string>& items,
                        const std::optional<std::string>& next_cursor);

}  // namespace remit::api
