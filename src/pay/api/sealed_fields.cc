#include "pay/api/sealed_fields.h"

namespace remit::api {

Error when_sealed_fails(Error error) {
  return std::move(error).wrap(ErrorCode::Internal, "sealed_field_unreadable",
                               "What is sealed cannot be opened.");
}

}  // namespace remit::api
