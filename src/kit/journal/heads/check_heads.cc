#include "kit/journal/heads/check_heads.h"

#include "kit/journal/commit_record.h"

#include <fmt/format.h>

#include <map>
#include <optional>

namespace remit::journal {
namespace {

std::string describe(const SignedHead& head) {
  return fmt::format("signed head at position {} of {}", head.position.value,
                     to_rfc3339(head.time));
}

std::string truncated(const SignedHead& head, const Head& end) {
  return fmt::format("truncated: {} is beyond the end {} of partition {} (commit {} of {})",
                     describe(head), end.position.value, head.partition.value, head.sequence.value,
                     end.sequence.value);
}

/// Whether the journal has the commit that the head names. One that cannot be read is not it.
Result<bool> is_there(Journal& journal, const SignedHead& head) {
  const auto commits =
      journal.read_commits(head.partition, head.sequence, {.events_max = 1, .bytes_max = 1});
  if (!commits && commits.error().code != ErrorCode::Corrupt) {
    return std::unexpected(commits.error());
  }
  if (!commits || commits->empty()) return false;
  const StoredCommit& found = commits->front();
  return found.commit.sequence == head.sequence && found.chain == head.chain &&
         last_position(found.commit) == head.position;
}

}  // namespace

Result<HeadsReport> check_heads(Journal& journal, std::span<const SignedHead> heads,
                                const Ed25519PublicKey& key) {
  HeadsReport report;
  std::map<PartitionId, Head> ends;
  std::string forged;
  std::string rewritten;
  const SignedHead* furthest = nullptr;
  for (const SignedHead& head : heads) {
    ++report.heads;
    if (!signature_holds(head, key)) {
      if (forged.empty()) {
        forged =
            fmt::format("forged: the {} is not signed by the key {}", describe(head), key.id());
      }
      continue;
    }
    auto end = ends.find(head.partition);
    if (end == ends.end()) {
      end = ends.emplace(head.partition, TRY(journal.head(head.partition))).first;
    }
    if (head.sequence > end->second.sequence) {
      if (furthest == nullptr || head.time >= furthest->time) furthest = &head;
    } else if (rewritten.empty() && !TRY(is_there(journal, head))) {
      rewritten = fmt::format("rewritten: the {} of partition {} names another commit {}",
                              describe(head), head.partition.value, head.sequence.value);
    }
  }
  if (!forged.empty()) report.faults.push_back(forged);
  if (furthest != nullptr) {
    report.faults.push_back(truncated(*furthest, ends.at(furthest->partition)));
  }
  if (!rewritten.empty()) report.faults.push_back(rewritten);
  return report;
}

}  // namespace remit::journal
