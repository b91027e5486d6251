#pragma once

#include "kit/base/codec/json_names.h"
#include "kit/base/result.h"
#include "kit/base/time.h"
#include "kit/base/type_id.h"

#include <fmt/format.h>

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
  /// One of the enumerators of E, by its JSON name. Fails with `<name>_unknown`, which lists them.
  template <class E>
  Result<std::optional<E>> enumerator(std::string_view name) const;
  /// A TypeID. Fails with `id_invalid`.
  Result<std::optional<TypeId>> id(std::string_view name) const;
  /// An RFC 3339 moment.
  Result<std::optional<Timestamp>> time(std::string_view name) const;

 private:
  std::map<std::string, std::string, std::less<>> values_;
};

/// The two parts of a cursor. Fails with `cursor_invalid`.
Result<std::pair<std::string, std::string>> decode_cursor(std::string_view cursor);
/// The position that is the sort key of a cursor. Fails with `cursor_invalid`.
Result<std::uint64_t> position_in_cursor(const std::string& sort_key);

/// The opaque cursor of a list whose last row has this sort key and id.
std::string encode_cursor(std::string_view sort_key, std::string_view id);

/// {"data":[...],"next_cursor":"..."}: items are JSON already; `next_cursor` is left out on the last page.
std::string render_page(const std::vector<std::string>& items,
                        const std::optional<std::string>& next_cursor);

template <class E>
Result<std::optional<E>> Query::enumerator(std::string_view name) const {
  const auto text = find(name);
  if (!text) return std::optional<E>();
  std::optional<E> value;
  std::string known;
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<E>>([&](auto one) {
    const std::string_view one_name = codec::json_name(one.value);
    known += (known.empty() ? "" : ", ") + std::string(one_name);
    if (one_name == *text) value = one.value;
  });
  if (value) return value;
  return fail(ErrorCode::InvalidArgument, fmt::format("{}_unknown", name),
              fmt::format("{} is one of: {}.", name, known), std::string(name));
}

}  // namespace remit::api
