#include "kit/journal/sqlite/storage_script_test.h"

#include <fmt/format.h>

#include <algorithm>

namespace remit::journal::script {
namespace {

constexpr int kTriesMax = 5;

std::map<PartitionId, Head> acquire_all(Journal& journal, Told& told, std::optional<Error>& error) {
  std::map<PartitionId, Head> heads;
  for (const PartitionId partition : kPartitions) {
    const Result<Head> head = journal.acquire(partition);
    if (!head) {
      error = head.error();
      return heads;
    }
    CHECK(head->epoch > told.epochs[partition], "epoch {} is given twice", head->epoch.value);
    told.epochs[partition] = head->epoch;
    heads.emplace(partition, *head);
  }
  return heads;
}

/// Hands over the next few commits of each partition, and notes what is told. The error of the first that did not end well.
std::optional<Error> append_some(Journal& journal, ManualHost& host, Told& told,
                                 const std::map<PartitionId, Head>& heads, std::uint64_t last) {
  std::optional<Error> error;
  std::size_t outstanding = 0;
  for (const auto& [partition, head] : heads) {
    const std::uint64_t from = head.sequence.value + 1;
    for (std::uint64_t number = from; number <= std::min(last, from + from % 3); ++number) {
      told.tried[partition] = std::max(told.tried[partition], number);
      ++outstanding;
      journal.append(partition, head.epoch, commit_of(partition, number),
                     [&, partition, number](AppendOutcome outcome) {
                       --outstanding;
                       if (std::holds_alternative<Appended>(outcome)) {
                         told.acknowledged[partition] = number;
                       } else if (const auto* refused = std::get_if<AppendRefused>(&outcome)) {
                         if (!error) error = refused->error;
                       } else if (const auto* unknown = std::get_if<AppendUnknown>(&outcome)) {
                         if (!error) error = unknown->error;
                       }
                     });
    }
  }
  host.step_until_idle();
  CHECK(outstanding == 0, "{} appends have no end", outstanding);
  return error;
}

/// After a failure of the disk neither an append nor an acquire is taken.
bool refuses_everything(Journal& journal, ManualHost& host, const Told& told) {
  bool refused = true;
  for (const PartitionId partition : kPartitions) {
    const auto taken = journal.acquire(partition);
    refused = refused && !taken && taken.error().reason == "journal_failed";
    const auto known = told.epochs.find(partition);
    if (known == told.epochs.end()) continue;
    const auto acknowledged = told.acknowledged.find(partition);
    const std::uint64_t next =
        acknowledged == told.acknowledged.end() ? 1 : acknowledged->second + 1;
    journal.append(partition, known->second, commit_of(partition, next),
                   [&](AppendOutcome outcome) {
                     const auto* no = std::get_if<AppendRefused>(&outcome);
                     refused = refused && no != nullptr && no->error.reason == "journal_failed";
                   });
  }
  host.step_until_idle();
  return refused;
}

/// Up to that commit of each partition.
End go_on(sqlite::SimulatedDisk& disk, Told& told, std::uint64_t last) {
  ManualHost host(1);
  const auto opened = SqliteJournal::open(kFile, kOptions, {.host = &host, .disk = &disk});
  if (!opened) return {opened.error()};
  SqliteJournal& journal = **opened;
  bool failed = false;
  journal.on_failed([&](const Error&) { failed = true; });
  std::optional<Error> error;
  for (int tries = 0; tries < kTriesMax;) {
    error.reset();
    const std::map<PartitionId, Head> heads = acquire_all(journal, told, error);
    const bool done = !error && std::ranges::all_of(heads, [&](const auto& head) {
      return head.second.sequence.value >= last;
    });
    if (done) break;
    if (!error) error = append_some(journal, host, told, heads, last);
    if (failed) return {error, refuses_everything(journal, host, told)};
    tries += error ? 1 : 0;
  }
  if (!error) {
    for (const PartitionId partition : kPartitions) {
      if (const auto caught_up = journal.catch_up_indexes(partition); !caught_up) {
        return {caught_up.error()};
      }
    }
  }
  return {error};
}

std::optional<std::string> find_fault_in(Journal& journal, PartitionId partition,
                                         const Told& told) {
  const auto number_of = [&](const std::map<PartitionId, std::uint64_t>& numbers) {
    const auto found = numbers.find(partition);
    return found == numbers.end() ? 0 : found->second;
  };
  const auto report = verify_chain(journal, partition);
  if (!report) return report.error().describe();
  if (report->broken) return report->broken->why;
  const std::uint64_t end = report->head.sequence.value;
  if (end < number_of(told.acknowledged)) {
    return fmt::format("ends at {} but {} was acknowledged", end, number_of(told.acknowledged));
  }
  if (end > number_of(told.tried)) return fmt::format("{} was never handed over", end);
  if (const auto epoch = told.epochs.find(partition);
      epoch != told.epochs.end() && report->head.epoch < epoch->second) {
    return fmt::format("epoch {} after {} was given", report->head.epoch.value,
                       epoch->second.value);
  }

  std::map<StreamId, std::vector<Version>> versions;
  const auto commits = journal.read_commits(partition, Sequence(1), {});
  if (!commits) return commits.error().describe();
  if (commits->size() != end) return fmt::format("{} of {} are read", commits->size(), end);
  for (const StoredCommit& stored : *commits) {
    const Commit expected = commit_of(partition, stored.commit.sequence.value);
    if (stored.stored != encode_commit(expected, stored.epoch)) {
      return fmt::format("commit {} is another one", stored.commit.sequence.value);
    }
    for (const NewEvent& event : expected.events) versions[event.stream].push_back(event.version);
  }
  for (std::uint64_t number = 0; number < kStreams; ++number) {
    const StreamId stream = stream_of(partition, number);
    const auto events = journal.read_stream(partition, stream, Version(1), {});
    if (!events) return events.error().describe();
    std::vector<Version> found;
    for (const Event& event : *events) found.push_back(event.version);
    if (found != versions[stream]) return fmt::format("stream {} is found otherwise", number);
  }
  for (std::uint64_t number = 1; number <= kCommits; ++number) {
    const auto receipt = journal.find_receipt(partition, kClient, receipt_key(number), Timestamp());
    if (!receipt) return receipt.error().describe();
    const bool there = number <= end && events_of(number) < 2;
    if (receipt->has_value() != there) {
      return fmt::format("the receipt of {} is {}", number, there ? "lost" : "invented");
    }
  }
  return std::nullopt;
}

}  // namespace

End run_process(sqlite::SimulatedDisk& disk, Told& told) {
  End end = go_on(disk, told, kReopenedAfter);
  if (end.error) return end;
  return go_on(disk, told, kCommits);
}

std::optional<std::string> find_fault(sqlite::SimulatedDisk& disk, const Told& told) {
  ManualHost host(1);
  const auto journal = SqliteJournal::open(kFile, kOptions, {.host = &host, .disk = &disk});
  if (!journal) return "it does not open: " + journal.error().describe();
  for (const PartitionId partition : kPartitions) {
    if (auto fault = find_fault_in(**journal, partition, told)) {
      return fmt::format("partition {}: {}", partition.value, *fault);
    }
  }
  return std::nullopt;
}

}  // namespace remit::journal::script
