#pragma once

#include "kit/journal/heads/signed_head.h"

#include <span>
#include <string>
#include <vector>

namespace remit::journal {

/// What signed heads have shown of a journal.
struct HeadsReport {
  std::uint64_t heads = 0;
  /// At most one of each kind, as sentences: the first that is forged, the last that is beyond the journal's end
  /// ("truncated: ..."), the first whose commit is another one now ("rewritten: ...").
  std::vector<std::string> faults;
};

/// Verifies each signature with the key and looks for each head in the journal's own chain, which `verify_chain` proves.
/// Fails only when the journal cannot be read for other reasons than damage.
Result<HeadsReport> check_heads(Journal& journal, std::span<const SignedHead> heads,
                                const Ed25519PublicKey& key);

}  // namespace remit::journal
