#include "pay/payers/endpoints/endpoints.h"

namespace remit::payers {
namespace {

constexpr api::ProblemKind kProblems[] = {
    {"payer_not_found", 404, "The client has no payer with this id.",
     "Check the id: payments tell it as payer_id."},
    {"payer_erased", 409, "The payer was erased, and can neither be read nor paid any more.",
     "Leave payer_id out, and a new payer is made."},
    {"payer_has_open_payments", 409, "A payment of the payer has not come to an end.",
     "Cancel it, or wait until it has; its account and tokens are needed until then."},
};

}  // namespace

std::span<const api::ProblemKind> problems() {
  return kProblems;
}

}  // namespace remit::payers
