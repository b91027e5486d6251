#include "pay/webhooks/endpoints/endpoints.h"

namespace remit::webhooks {
namespace {

constexpr api::ProblemKind kProblems[] = {
    {"webhook_endpoint_not_found", 404, "The client has no webhook endpoint with this id.",
     "Check the id; a deleted endpoint is gone."},
    {"webhook_endpoints_full", 409, "The client has as many webhook endpoints as it may.",
     "Delete one that is no longer used."},
    {"webhook_endpoint_id_reused", 409, "The id that was made for the endpoint is taken.",
     "Send the request again with a new Idempotency-Key."},
    {"webhook_endpoint_disabled", 409, "A disabled endpoint is sent nothing.",
     "Enable it first, with PATCH."},
    {"webhook_delivery_not_found", 404, "The client has no webhook delivery with this id.",
     "Check the id; an event that was never sent has none."},
    {"url_invalid", 400, "That is no absolute URL.", "Write https://host/path."},
    {"url_not_allowed", 400, "The URL leads where events are not posted to.",
     "Use https and a public address; detail says what is wrong."},
    {"event_types_too_many", 400, "More than 64 event types are named.",
     "Use a * at the end for many."},
    {"description_too_long", 400, "description is longer than 256 bytes.", "Shorten it."},
    {"overlap_too_long", 400, "A replaced secret may sign for seven days at most.",
     "Give fewer seconds."},
    {"resend_unclear", 400, "Neither one event nor a time range is named, or both.",
     "Give event, or since and until."},
    {"resend_too_large", 400, "More events than may be sent again at once.", "Narrow the range."},
};

}  // namespace

std::span<const api::ProblemKind> problems() {
  return kProblems;
}

}  // namespace remit::webhooks
