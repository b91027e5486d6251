#include "kit/base/result.h"

#include <fmt/format.h>

namespace remit {

std::string_view error_code_name(ErrorCode code) {
  switch (code) {
    case ErrorCode::InvalidArgument:
      return "invalid_argument";
    case ErrorCode::Unauthenticated:
      return "unauthenticated";
    case ErrorCode::PermissionDenied:
      return "permission_denied";
    case ErrorCode::NotFound:
      return "not_found";
    case ErrorCode::Conflict:
      return "conflict";
    case ErrorCode::FailedPrecondition:
      return "failed_precondition";
    case ErrorCode::LimitExceeded:
      return "limit_exceeded";
    case ErrorCode::Unavailable:
      return "unavailable";
    case ErrorCode::DeadlineExceeded:
      return "deadline_exceeded";
    case ErrorCode::OutcomeUnknown:
      return "outcome_unknown";
    case ErrorCode::Fenced:
      return "fenced";
    case ErrorCode::Corrupt:
      return "corrupt";
    case ErrorCode::Unsupported:
      return "unsupported";
    case ErrorCode::Internal:
      return "internal";
  }
  return "unknown_code";
}

bool Error::operator==(const Error& other) const {
  return code == other.code && reason == other.reason && message == other.message &&
         field == other.field;
}

bool Error::transient() const {
  return code == ErrorCode::Unavailable || code == ErrorCode::DeadlineExceeded;
}

Error Error::wrap(ErrorCode outer, std::string outer_reason, std::string outer_message) && {
  std::string outer_field = field;
  return Error{outer, std::move(outer_reason), std::move(outer_message), std::move(outer_field),
               std::make_shared<const Error>(std::move(*this))};
}

std::string Error::describe() const {
  std::string text = fmt::format("{} [{}]", message, reason);
  if (!field.empty()) text += fmt::format(" (field {})", field);
  if (cause) text += "; because: " + cause->describe();
  return text;
}

std::unexpected<Error> fail(ErrorCode code, std::string reason, std::string message,
                            std::string field) {
  return std::unexpected(
      Error{code, std::move(reason), std::move(message), std::move(field), nullptr});
}

}  // namespace remit
