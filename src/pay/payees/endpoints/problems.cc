#include "pay/payees/endpoints/endpoints.h"

namespace remit::payees {
namespace {

constexpr api::ProblemKind kProblems[] = {
    {"payee_verification_not_found", 404, "The client has no payee verification with this id.",
     "Check the id."},
    {"payee_verification_off", 409, "The server is not configured to verify payees.",
     "Tell the operator: [payee_verification] says whom to ask."},
    {"secondary_reference_invalid", 400, "The secondary reference is empty or too long.",
     "Give 1 to 34 characters, or leave it out."},
    {"payee_verification_required", 422, "Payees must be verified, and the request names none.",
     "Verify the payee first and name the verification."},
    {"payee_verification_differs", 422, "The verification is of another account or name.",
     "Verify this payee."},
    {"payee_verification_expired", 422, "The payee was verified too long ago.", "Verify it again."},
    {"payee_mismatch", 422, "The payee's bank says that the name is not the account's, or nearly.",
     "Correct the payee and verify it again; or show it to whoever pays and send acknowledged."},
    {"payee_not_verified", 422, "Whether the name is the account's could not be found out.",
     "Verify it again later; or show it to whoever pays and send acknowledged."},
};

}  // namespace

std::span<const api::ProblemKind> problems() {
  return kProblems;
}

}  // namespace remit::payees
