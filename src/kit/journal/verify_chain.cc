#include "kit/journal/verify_chain.h"

#include "kit/journal/commit_record.h"

#include <fmt/format.h>

namespace remit::journal {
namespace {

ChainBreak break_at(const StoredCommit& stored, std::string why) {
  const Commit& commit = stored.commit;
  ChainBreak broken{.sequence = commit.sequence,
                    .first_position = commit.first_position,
                    .last_position = commit.first_position,
                    .why = std::move(why)};
  if (!commit.events.empty()) {
    broken.last_position = Position(commit.first_position.value + commit.events.size() - 1);
    broken.first_event = fmt::format("{} of {}", commit.events.front().type,
                                     commit.events.front().stream.to_string());
  }
  return broken;
}

std::optional<ChainBreak> check(const StoredCommit& stored, const Head& before) {
  if (stored.commit.sequence != before.sequence.next()) {
    return break_at(stored, fmt::format("commit {} is missing", before.sequence.value + 1));
  }
  if (stored.commit.first_position != before.position.next()) {
    return break_at(stored, "its first position does not follow the one before it");
  }
  if (chain_after(before.chain, stored.stored) != stored.chain) {
    return break_at(stored, "its bytes are not those that were chained");
  }
  return std::nullopt;
}

/// The first commit of a page that cannot be read.
Result<ChainBreak> find_unreadable(Journal& journal, PartitionId partition, Sequence from,
                                   Sequence end, const Error& error) {
  for (Sequence at = from; at <= end; at = at.next()) {
    const auto one = journal.read_commits(partition, at, {.events_max = 1, .bytes_max = 1});
    if (!one || one->empty()) {
      return ChainBreak{.sequence = at, .why = one ? "it is missing" : one.error().message};
    }
  }
  return std::unexpected(error);
}

}  // namespace

Result<ChainReport> verify_chain(Journal& journal, PartitionId partition,
                                 const std::function<void(Sequence, Sequence)>& progress) {
  ChainReport report{.head = TRY(journal.head(partition))};
  Head at;
  while (at.sequence < report.head.sequence) {
    const auto page = journal.read_commits(partition, at.sequence.next(), {});
    if (!page && page.error().code != ErrorCode::Corrupt) return std::unexpected(page.error());
    if (!page || page->empty()) {
      const Error error =
          page ? Error{ErrorCode::Corrupt, "commit_missing", "", "", nullptr} : page.error();
      report.broken =
          TRY(find_unreadable(journal, partition, at.sequence.next(), report.head.sequence, error));
      return report;
    }
    for (const StoredCommit& stored : *page) {
      if (stored.commit.sequence > report.head.sequence) break;
      report.broken = check(stored, at);
      if (report.broken) return report;
      at.sequence = stored.commit.sequence;
      at.position = at.position.plus(stored.commit.events.size());
      at.time = stored.commit.time;
      at.chain = stored.chain;
      ++report.commits;
      report.events += stored.commit.events.size();
    }
    if (progress) progress(at.sequence, report.head.sequence);
  }
  // What the writer goes on from is stored beside the bytes, so the chain does not cover it.
  if (at.position != report.head.position || at.time != report.head.time) {
    report.broken = ChainBreak{.sequence = at.sequence,
                               .first_position = at.position,
                               .last_position = at.position,
                               .why = "its position or time is not the journal's end"};
  }
  return report;
}

}  // namespace remit::journal
