#pragma once

#include "kit/base/ed25519.h"
#include "kit/journal/journal.h"

#include <string>
#include <string_view>

namespace remit::journal {

/// Somebody's word for where a partition ended at a moment. The chain shows what was changed, but a journal whose last
/// commits were cut off has a chain that holds: only a head that was kept elsewhere shows that there was more.
struct SignedHead {
  PartitionId partition;
  Sequence sequence;
  Position position;
  Hash256 chain{};
  Timestamp time;      ///< Of signing.
  std::string key_id;  ///< Ed25519PublicKey::id.
  Bytes signature;     ///< Ed25519 over `signed_text`.
  bool operator==(const SignedHead&) const = default;
};

SignedHead sign_head(PartitionId partition, const Head& head, Timestamp now,
                     const Ed25519PrivateKey& key);

/// What is signed, so that others can verify it without this program:
/// "remit-head-v1 <partition> <sequence> <position> <chain in hex> <time> <key id>".
std::string signed_text(const SignedHead& head);

bool signature_holds(const SignedHead& head, const Ed25519PublicKey& key);

/// One line of JSON, without the newline.
std::string to_line(const SignedHead& head);
/// Fails with Corrupt `head_line_damaged`.
Result<SignedHead> from_line(std::string_view line);

}  // namespace remit::journal
