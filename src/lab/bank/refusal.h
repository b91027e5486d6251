#pragma once

#include "kit/net/http.h"
#include "lab/bank/standard_version.h"

#include <expected>
#include <string>

namespace remit::lab::bank {

/// A request that the bank does not serve, in the words of the Open Banking standard (v4.0, "Error
/// Response Structure"): the status, a code U000 to U042, and the field or header at fault.
struct Refusal {
  int status = 400;
  std::string
      code;  ///< Empty: the answer has no body (401 without a valid token, 404, 405, 406 ...).
  std::string message;
  std::string path;
  net::Headers headers;  ///< Sent along: Retry-After, Allow, WWW-Authenticate.
};

/// What an operation gives, or why the bank refuses it.
template <class T>
using Answer = std::expected<T, Refusal>;

/// 400 with a body.
std::unexpected<Refusal> refuse(std::string code, std::string message, std::string path = {});
/// Any status with a body.
std::unexpected<Refusal> refuse_with(int status, std::string code, std::string message,
                                     std::string path = {});
/// Any status without one.
std::unexpected<Refusal> refuse_bare(int status);

/// The body OBErrorResponse1 of that version and its headers. `id` is the error's own, for support calls.
net::HttpResponse to_response(const Refusal& refusal, StandardVersion version,
                              const std::string& id);

}  // namespace remit::lab::bank
