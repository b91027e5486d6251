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

}  // namespace remit::app
