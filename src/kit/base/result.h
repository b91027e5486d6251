#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>

namespace remit {

/// The closed set of ways in which an expected failure can happen. It decides what a caller does
/// next; `Error::reason` tells apart the cases within one code. Values are stored in receipts: do
/// not change or reuse them.
enum class ErrorCode : std::uint8_t {
  InvalidArgument =
      1,  ///< The request is malformed or breaks a rule that no state can mend. HTTP 400 or 422.
  Unauthenticated = 2,   ///< Who asks is not known. HTTP 401.
  PermissionDenied = 3,  ///< Who asks may not do this. HTTP 403.
  NotFound = 4,          ///< What was named does not exist, or not for this client. HTTP 404.
  Conflict = 5,          ///< The key, id or reference is already used for something else. HTTP 409.
  FailedPrecondition = 6,  ///< The present state does not allow it. HTTP 409 or 422.
  LimitExceeded = 7,       ///< A stated bound is passed: size, count, rate. HTTP 413 or 429.
  Unavailable = 8,         ///< Not accepted; nothing happened; try again. HTTP 503.
  DeadlineExceeded =
      9,  ///< No answer in time; it may have happened; ask or retry with the same key. HTTP 504.
  OutcomeUnknown =
      10,  ///< It was sent and its effect is not known. Never a reason to send it again as new.
  Fenced = 11,       ///< A newer epoch owns the partition; this writer must stop.
  Corrupt = 12,      ///< Stored bytes are not what was written. Stops writes.
  Unsupported = 13,  ///< The other side cannot do this.
  Internal = 14,     ///< Ours to mend. HTTP 500.
};

/// The stable snake_case name of a code, as logs and metrics show it.
std::string_view error_code_name(ErrorCode code);

/// An expected failure. `reason` is a stable snake_case word that programs may match (the `code` of
/// a problem document); `message` is a sentence for a person that says what to do; `field` is the
/// JSON path of the culprit, or empty.
struct Error {
  ErrorCode code = ErrorCode::Internal;
  std::string reason;
  std::string message;
  std::string field;
  std::shared_ptr<const Error> cause;

  bool operator==(const Error& other) const;

  /// True when the same request may succeed later without any change.
  bool transient() const;

  /// This error as the cause of a wider one.
  Error wrap(ErrorCode outer, std::string outer_reason, std::string outer_message) &&;

  /// One line for logs and terminals: message, reason and the chain of causes.
  std::string describe() const;
};

/// What every function returns that can fail for reasons outside the program. Bugs are CHECKs
/// instead.
template <class T = void>
using Result = std::expected<T, Error>;

/// `return fail(ErrorCode::NotFound, "payment_not_found", "No payment pay_... exists; check the
/// id.");`
[[nodiscard]] std::unexpected<Error> fail(ErrorCode code, std::string reason, std::string message,
                                          std::string field = {});

}  // namespace remit

#define REMIT_TRY_NAMED(name, expression)              \
  __extension__({                                      \
    auto name = (expression);                          \
    if (!name) [[unlikely]] {                          \
      return std::unexpected(std::move(name).error()); \
    }                                                  \
    *std::move(name);                                  \
  })
#define REMIT_TRY_COUNTED(counter, expression) REMIT_TRY_NAMED(try_result_##counter, expression)
#define REMIT_TRY_EXPANDED(counter, expression) REMIT_TRY_COUNTED(counter, expression)

/// The value of a Result, or return its error from the enclosing function: `auto x = TRY(load(id));`. May be nested.
#define TRY(expression) REMIT_TRY_EXPANDED(__COUNTER__, expression)
