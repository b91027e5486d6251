#pragma once

#include "kit/base/codec/json.h"
#include "kit/net/problem.h"
#include "kit/net/router.h"
#include "pay/api/query.h"

#include <fmt/format.h>

#include <optional>
#include <string>
#include <string_view>

/// What the routes for operators share in reading requests and refusing them.
namespace remit::app {

inline void refuse(net::Responder respond, const Error& error) {
  respond(net::problem_response(error));
}

/// The id in the path, of the kind with the prefix.
inline Result<TypeId> id_in(const net::RoutedRequest& routed, std::string_view prefix) {
  const std::optional<TypeId> id = TypeId::parse(routed.parameter("id"));
  if (!id || id->prefix() != prefix) {
    return fail(ErrorCode::InvalidArgument, "id_invalid",
                fmt::format("{} is no id of the form {}_...", routed.parameter("id"), prefix),
                "id");
  }
  return *id;
}

/// The enumerator that the query names; nullopt when it names none.
template <codec::DescribedEnum E>
Result<std::optional<E>> enumerator_in(const api::Query& query, std::string_view name) {
  const auto text = query.find(name);
  if (!text) return std::optional<E>();
  std::optional<E> found;
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<E>>([&](auto one) {
    if (codec::json_name(one.value) == *text) found = one.value;
  });
  if (!found) {
    return fail(ErrorCode::InvalidArgument, "value_unknown",
                fmt::format("{} cannot be '{}'.", name, *text), std::string(name));
  }
  return found;
}

}  // namespace remit::app
