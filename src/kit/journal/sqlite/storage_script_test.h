#pragma once

#include "kit/base/check.h"
#include "kit/base/manual_host.h"
#include "kit/journal/commit_record.h"
#include "kit/journal/sqlite/sqlite_journal.h"
#include "kit/journal/verify_chain.h"
#include "kit/sqlite/simulated/simulated_disk.h"

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// A fixed course of a journal's life on a simulated disk, that can be stopped and failed anywhere and gone on with, and what
/// must be true of the disk afterwards.
namespace remit::journal::script {

inline constexpr auto kFile = "/data/journal.db";
inline constexpr std::array kPartitions{PartitionId(1), PartitionId(2)};
inline constexpr std::uint64_t kCommits = 20;  ///< Of each partition.
inline constexpr std::uint64_t kReopenedAfter =
    9;  ///< Commits, by an orderly end and another start.
inline constexpr std::uint64_t kStreams = 5;
inline const ClientId kClient = TypeId::derive("cli", as_bytes("script"), "client");

/// Small, so that in a short course indexes are written and merged, and logs moved into their files.
inline constexpr SqliteJournalOptions kOptions{
    .group_bytes_max = 8 * 1024, .index_memory_entries_max = 6, .wal_pages_max = 12};

inline std::uint64_t events_of(std::uint64_t number) {
  return number % 4;
}

inline StreamId stream_of(PartitionId partition, std::uint64_t number) {
  return TypeId::derive("pay", as_bytes("script"),
                        std::to_string(partition.value) + "/" + std::to_string(number % kStreams));
}

inline std::string receipt_key(std::uint64_t number) {
  return "key-" + std::to_string(number);
}

/// The commit of that number: always the same, whoever appends it.
inline Commit commit_of(PartitionId partition, std::uint64_t number) {
  std::uint64_t position = 1;
  std::uint64_t version = 1;
  for (std::uint64_t before = 1; before < number; ++before) {
    position += events_of(before);
    if (before % kStreams == number % kStreams) version += events_of(before);
  }
  Commit commit{.sequence = Sequence(number),
                .first_position = Position(position),
                .time = Timestamp(std::chrono::seconds(1'767'225'600 + number))};
  commit.causes.push_back(
      {.command = TypeId::derive("cmd", as_bytes("script"), std::to_string(number))});
  for (std::uint64_t event = 0; event < events_of(number); ++event) {
    const std::size_t bytes = number == 6 ? 40'000 : 1 + (number * 997) % 3000;
    commit.events.push_back(
        {.stream = stream_of(partition, number),
         .version = Version(version + event),
         .type = "payment.created",
         .payload = Bytes(bytes, std::byte{static_cast<unsigned char>(number)})});
  }
  if (events_of(number) < 2) {
    commit.receipts.push_back({.client = kClient,
                               .key = receipt_key(number),
                               .request = sha256(as_bytes(receipt_key(number))),
                               .answer = to_bytes("answer"),
                               .time = commit.time,
                               .position = Position(position)});
  }
  return commit;
}

/// What those who appended were told.
struct Told {
  std::map<PartitionId, std::uint64_t> acknowledged;  ///< The last commit said to be durable.
  std::map<PartitionId, std::uint64_t> tried;         ///< The last one that was ever handed over.
  std::map<PartitionId, Epoch> epochs;                ///< The last one given.
};

/// How a process ended.
struct End {
  std::optional<Error> error;  ///< None: the course is at its end.
  bool refused_after = true;   ///< After a failure of the disk nothing was taken any more.
};

/// One process: goes on from where the disk is until the course is done or something fails. A refused append is followed by
/// another acquire and another try, as an engine does it, a few times.
End run_process(sqlite::SimulatedDisk& disk, Told& told);

/// What is wrong with what the disk holds, or nothing: an open that fails, an acknowledged commit that is gone, a commit that
/// was never handed over, a chain that does not hold, a look-up that misses or invents something, an epoch given twice.
std::optional<std::string> find_fault(sqlite::SimulatedDisk& disk, const Told& told);

}  // namespace remit::journal::script
