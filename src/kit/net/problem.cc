#include "kit/net/problem.h"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

namespace remit::net {
namespace {

int status_of(const Error& error) {
  switch (error.code) {
    case ErrorCode::InvalidArgument:
      return 400;
    case ErrorCode::Unauthenticated:
      return 401;
    case ErrorCode::PermissionDenied:
      return 403;
    case ErrorCode::NotFound:
      return 404;
    case ErrorCode::Conflict:
      return 409;
    case ErrorCode::FailedPrecondition:
      return 409;
    case ErrorCode::LimitExceeded:
      return error.reason == "rate_limited" ? 429 : 413;
    case ErrorCode::Unavailable:
    case ErrorCode::Fenced:
      return 503;
    case ErrorCode::DeadlineExceeded:
    case ErrorCode::OutcomeUnknown:
      return 504;
    case ErrorCode::Unsupported:
      return 501;
    case ErrorCode::Corrupt:
    case ErrorCode::Internal:
      return 500;
  }
  return 500;
}

}  // namespace

std::string_view status_text(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    default:
      return "Status";
  }
}

HttpResponse to_response(const Problem& problem) {
  boost::json::object document{{"type", "about:blank"},
                               {"title", status_text(problem.status)},
                               {"status", problem.status},
                               {"code", problem.code},
                               {"detail", problem.detail}};
  if (!problem.field.empty()) document["field"] = problem.field;
  HttpResponse response;
  response.status = problem.status;
  response.headers.add("Content-Type", "application/problem+json");
  response.body = boost::json::serialize(document);
  return response;
}

Problem to_problem(const Error& error) {
  const int status = status_of(error);
  if (status == 500) {
    return {
        500, "internal", "Something went wrong on our side; the request may be tried again.", {}};
  }
  return {status, error.reason, error.message, error.field};
}

HttpResponse problem_response(const Error& error) {
  HttpResponse response = to_response(to_problem(error));
  // Overload and the like pass by themselves, and come in such numbers that nobody would read of each.
  const bool something_broke = error.cause && !error.cause->transient();
  if (response.status == 500 || (response.status == 503 && something_broke)) {
    response.fault = std::make_shared<const Error>(error);
  }
  if (response.status == 503 || response.status == 429) response.headers.add("Retry-After", "1");
  if (response.status == 401) response.headers.add("WWW-Authenticate", "Bearer");
  return response;
}

HttpResponse json_response(int status, std::string body) {
  HttpResponse response;
  response.status = status;
  response.headers.add("Content-Type", "application/json");
  response.body = std::move(body);
  return response;
}

}  // namespace remit::net
