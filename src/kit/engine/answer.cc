#include "kit/engine/answer.h"

#include "kit/base/codec/codec.h"

#include <boost/describe.hpp>

namespace remit::engine {

/// Code 0 is a success. The numbers of ErrorCode never change.
struct StoredAnswer {
  std::uint8_t code = 0;
  Bytes body;
  std::string reason;
  std::string message;
  std::string field;
};
BOOST_DESCRIBE_STRUCT(StoredAnswer, (), (code, body, reason, message, field))

Bytes encode_answer(const Result<Bytes>& answer) {
  StoredAnswer stored;
  if (answer) {
    stored.body = *answer;
  } else {
    const Error& error = answer.error();
    stored.code = static_cast<std::uint8_t>(error.code);
    stored.reason = error.reason;
    stored.message = error.message;
    stored.field = error.field;
  }
  return codec::encode(stored);
}

Result<Result<Bytes>> decode_answer(ByteView bytes) {
  auto stored = TRY(codec::decode<StoredAnswer>(bytes));
  if (stored.code == 0) return Result<Bytes>(std::move(stored.body));
  return Result<Bytes>(fail(static_cast<ErrorCode>(stored.code), std::move(stored.reason),
                            std::move(stored.message), std::move(stored.field)));
}

bool is_business_refusal(ErrorCode code) {
  switch (code) {
    case ErrorCode::InvalidArgument:
    case ErrorCode::Unauthenticated:
    case ErrorCode::PermissionDenied:
    case ErrorCode::NotFound:
    case ErrorCode::Conflict:
    case ErrorCode::FailedPrecondition:
    case ErrorCode::LimitExceeded:
    case ErrorCode::Unsupported:
      return true;
    case ErrorCode::Unavailable:
    case ErrorCode::DeadlineExceeded:
    case ErrorCode::OutcomeUnknown:
    case ErrorCode::Fenced:
    case ErrorCode::Corrupt:
    case ErrorCode::Internal:
      return false;
  }
  return false;
}

}  // namespace remit::engine
