#pragma once

#include "kit/base/result.h"
#include "kit/net/http.h"

#include <string>
#include <string_view>

namespace remit::net {

/// What a problem document says (RFC 9457): `code` is stable and for programs, `detail` says what to do, `field` is the JSON
/// path of the culprit or empty.
struct Problem {
  int status = 500;
  std::string code;
  std::string detail;
  std::string field;
};

/// The answer that carries it, as application/problem+json.
HttpResponse to_response(const Problem& problem);
/// The problem that an Error becomes at the edge. An error of our own keeps its message to itself.
Problem to_problem(const Error& error);
/// Both at once; adds Retry-After to 503 and 429, and the error as its `fault` to 500, and to a 503 whose
/// cause does not pass by itself.
HttpResponse problem_response(const Error& error);

HttpResponse json_response(int status, std::string body);

/// "Not Found" for 404.
std::string_view status_text(int status);

}  // namespace remit::net
