#include "kit/base/random.h"
#include "kit/journal/sqlite/sqlite_journal.h"
#include "lab/bench/bench.h"

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace remit::lab::bench {
namespace {

constexpr std::size_t kCommits = 200;
constexpr std::size_t kEventsPerCommit = 1000;
constexpr std::size_t kUnderWayMax = 4;

journal::Commit make_commit(journal::Sequence sequence, journal::Position first,
                            SeededRandom& random) {
  const Timestamp time{std::chrono::seconds(1'767'225'600)};
  journal::Commit commit{.sequence = sequence, .first_position = first, .time = time};
  commit.causes.push_back({.command = TypeId::make("cmd", time, random)});
  commit.events.reserve(kEventsPerCommit);
  const Bytes payload(256, std::byte{'x'});
  for (std::size_t i = 0; i < kEventsPerCommit; ++i) {
    commit.events.push_back({.stream = TypeId::make("pay", time, random),
                             .version = journal::Version(1),
                             .type = "payment.created",
                             .payload = payload});
  }
  return commit;
}

}  // namespace

Result<double> measure_journal_append(const std::string& directory) {
  const auto journal = TRY(journal::SqliteJournal::open(directory + "/journal.db", {}));
  const journal::PartitionId partition(1);
  const journal::Head head = TRY(journal->acquire(partition));
  SeededRandom random(1);
  std::vector<journal::Commit> commits;
  commits.reserve(kCommits);
  journal::Position first = head.position.next();
  for (std::size_t i = 0; i < kCommits; ++i) {
    commits.push_back(make_commit(head.sequence.plus(i + 1), first, random));
    first = first.plus(kEventsPerCommit);
  }
  std::mutex mutex;
  std::condition_variable changed;
  std::size_t under_way = 0;
  std::size_t failed = 0;
  const auto begun = std::chrono::steady_clock::now();
  for (journal::Commit& commit : commits) {
    {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return under_way < kUnderWayMax; });
      ++under_way;
    }
    journal->append(partition, head.epoch, std::move(commit),
                    [&](const journal::AppendOutcome& outcome) {
                      const std::lock_guard lock(mutex);
                      if (!std::holds_alternative<journal::Appended>(outcome)) ++failed;
                      --under_way;
                      changed.notify_all();
                    });
  }
  {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return under_way == 0; });
  }
  TRY(journal->catch_up_indexes(partition));
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  if (failed > 0)
    return fail(ErrorCode::Unavailable, "append_failed",
                "The journal refused an append; look at the disk.");
  return static_cast<double>(kCommits * kEventsPerCommit) / took.count();
}

}  // namespace remit::lab::bench
