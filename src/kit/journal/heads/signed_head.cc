#include "kit/journal/heads/signed_head.h"

#include "kit/base/codec/json.h"

#include <boost/describe.hpp>
#include <fmt/format.h>

namespace remit::journal {

BOOST_DESCRIBE_STRUCT(SignedHead, (),
                      (partition, sequence, position, chain, time, key_id, signature))

SignedHead sign_head(PartitionId partition, const Head& head, Timestamp now,
                     const Ed25519PrivateKey& key) {
  SignedHead signed_head{.partition = partition,
                         .sequence = head.sequence,
                         .position = head.position,
                         .chain = head.chain,
                         .time = now,
                         .key_id = key.public_key().id()};
  signed_head.signature = key.sign(as_bytes(signed_text(signed_head)));
  return signed_head;
}

std::string signed_text(const SignedHead& head) {
  return fmt::format("remit-head-v1 {} {} {} {} {} {}", head.partition.value, head.sequence.value,
                     head.position.value, to_hex(view_of(head.chain)), to_rfc3339(head.time),
                     head.key_id);
}

bool signature_holds(const SignedHead& head, const Ed25519PublicKey& key) {
  return head.key_id == key.id() && key.verify(as_bytes(signed_text(head)), head.signature);
}

std::string to_line(const SignedHead& head) {
  return codec::to_json(head);
}

Result<SignedHead> from_line(std::string_view line) {
  Result<SignedHead> head = codec::from_json<SignedHead>(line);
  if (head) return head;
  return std::unexpected(std::move(head).error().wrap(ErrorCode::Corrupt, "head_line_damaged",
                                                      "The line is no signed head."));
}

}  // namespace remit::journal
