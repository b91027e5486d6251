#include "kit/base/check.h"
#include "kit/base/manual_host.h"
#include "kit/journal/heads/check_heads.h"
#include "kit/journal/sqlite/commit_reads.h"
#include "kit/journal/sqlite/sqlite_journal.h"
#include "kit/sqlite/simulated/simulated_disk.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <map>

/// Every single bit of a journal of 64 KiB flipped in turn: the damage is found and named, or what is read is what was
/// written. Never anything else.
namespace remit::journal {
namespace {

using sqlite::DiskImage;
using sqlite::SimulatedDisk;

constexpr auto kFile = "/data/journal.db";
constexpr std::size_t kBytes = 64 * 1024;
constexpr std::size_t kPageBytes = 8192;
constexpr PartitionId kPartition{1};

Commit commit_of(std::uint64_t number) {
  Commit commit{.sequence = Sequence(number),
                .first_position = Position(number * 2 - 1),
                .time = Timestamp(std::chrono::seconds(1'767'225'600 + number))};
  commit.causes.push_back(
      {.command = TypeId::derive("cmd", as_bytes("flip"), std::to_string(number))});
  for (std::uint64_t event = 1; event <= 2; ++event) {
    commit.events.push_back(
        {.stream = TypeId::derive("pay", as_bytes("flip"), std::to_string(number)),
         .version = Version(event),
         .type = "payment.created",
         .payload = Bytes(900, std::byte{static_cast<unsigned char>(number)})});
  }
  return commit;
}

/// As readers see it.
struct Content {
  Head head;
  std::vector<Bytes> payloads;
  bool operator==(const Content&) const = default;
};

/// What a process reads of it with the connection it has: the end that a writer would go on from, then the events of the
/// commits from `first` to `last`, each found by its position.
Result<Content> read_range(CommitTable& table, std::uint64_t first, std::uint64_t last) {
  TRY(check_end(table, kPartition));
  Content content{.head = TRY(table.head(kPartition)), .payloads = {}};
  content.head.epoch =
      Epoch();  // Of the writer, not of the content; that it never goes back is checked above.
  for (std::uint64_t number = first; number <= last; ++number) {
    const Position position(number * 2 - 1);
    for (Event& event : TRY(read_events(table, kPartition, position, {.events_max = 2}))) {
      content.payloads.push_back(std::move(event.payload));
    }
  }
  return content;
}

/// As a process does that starts.
Result<Content> open_and_read(SimulatedDisk& disk, std::uint64_t commits) {
  ManualHost host(1);
  const auto journal = TRY(SqliteJournal::open(kFile, {}, {.host = &host, .disk = &disk}));
  CommitTable table = TRY(CommitTable::open(kFile, {.read_only = true, .disk = &disk}));
  const Head head = TRY(table.head(kPartition));
  return read_range(table, 1, std::min(commits, head.sequence.value));
}

/// The same, with a head that was signed elsewhere.
Result<Content> open_and_read_with_head(SimulatedDisk& disk, std::uint64_t commits,
                                        const SignedHead& signed_head,
                                        const Ed25519PublicKey& key) {
  Content content = TRY(open_and_read(disk, commits));
  ManualHost host(1);
  const auto journal = TRY(SqliteJournal::open(kFile, {}, {.host = &host, .disk = &disk}));
  const HeadsReport report = TRY(check_heads(*journal, std::span(&signed_head, 1), key));
  if (!report.faults.empty()) {
    return fail(ErrorCode::Corrupt, "journal_contradicts_heads", report.faults.front());
  }
  return content;
}

Content value_of(Result<Content> read) {
  CHECK(read.has_value(), "{}", read.error().describe());
  return *std::move(read);
}

/// A closed journal of 64 KiB.
DiskImage make_image(std::uint64_t& commits) {
  SimulatedDisk disk(1);
  for (commits = 0;;) {
    ManualHost host(1);
    auto journal = *SqliteJournal::open(kFile, {}, {.host = &host, .disk = &disk});
    const Head head = *journal->acquire(kPartition);
    journal->append(kPartition, head.epoch, commit_of(++commits), [&](AppendOutcome outcome) {
      CHECK(std::holds_alternative<Appended>(outcome), "commit {} is not taken", commits);
    });
    host.step_until_idle();
    journal.reset();
    const DiskImage image = disk.image();
    if (image.content(*image.find(kFile)).size() >= kBytes) return image;
  }
}

/// Which commits cannot be read without a page: found by what is read of the disk for each.
class PagesOfCommits {
 public:
  PagesOfCommits(SimulatedDisk& disk, CommitTable& table, std::uint64_t commits) {
    for (std::uint64_t number = 1; number <= commits; ++number) {
      sqlite3_db_release_memory(table.database().raw());
      disk.set_faults([this, number](const sqlite::DiskCall& call) {
        if (call.kind == sqlite::DiskCallKind::Read && call.path == kFile) {
          Range& range = pages_[call.offset / kPageBytes];
          range.first = std::min(range.first, number);
          range.last = std::max(range.last, number);
        }
        return sqlite::DiskFault::None;
      });
      CHECK(read_range(table, number, number).has_value(), "commit {} is not read", number);
    }
    disk.set_faults(nullptr);
  }
  struct Range {
    std::uint64_t first = ~std::uint64_t{0};
    std::uint64_t last = 0;  ///< Zero: no commit needs the page.
  };
  Range of(std::uint64_t page) const {
    const auto found = pages_.find(page);
    return found == pages_.end() ? Range{1, 0} : found->second;
  }

 private:
  std::map<std::uint64_t, Range> pages_;
};

struct Counts {
  std::uint64_t found = 0;
  std::uint64_t harmless = 0;
  std::map<std::string, std::uint64_t> reasons;

  void print() const {
    fmt::print("{} bits, {} found, {} harmless\n", found + harmless, found, harmless);
    for (const auto& [reason, times] : reasons) fmt::print("  {} {}\n", reason, times);
  }
  void add(const Result<Content>& read, const Content& written, std::uint64_t bit) {
    if (read) {
      ++harmless;
      ASSERT_EQ(*read, written) << "bit " << bit << " of byte " << bit / 8
                                << " is read as another content";
    } else {
      ++found;
      ++reasons[read.error().reason];
      ASSERT_FALSE(read.error().message.empty());
    }
  }
};

class BitFlipsSlow : public testing::Test {
 protected:
  BitFlipsSlow() : image_(make_image(commits_)) {}
  std::uint64_t commits_ = 0;
  DiskImage image_;
};

/// With the connections of a process at work: every page is read again from the disk, and all commits that need the page.
TEST_F(BitFlipsSlow, WhileAJournalIsRead) {
  SimulatedDisk disk(1, image_);
  CommitTable table = *CommitTable::open(kFile, {.read_only = true, .disk = &disk});
  const PagesOfCommits pages(disk, table, commits_);
  Counts counts;
  for (std::uint64_t page = 0; page * kPageBytes < kBytes; ++page) {
    const PagesOfCommits::Range range = pages.of(page);
    const Content written = value_of(read_range(table, range.first, range.last));
    for (std::uint64_t bit = page * kPageBytes * 8; bit < (page + 1) * kPageBytes * 8; ++bit) {
      disk.flip(kFile, bit);
      sqlite3_db_release_memory(table.database().raw());
      ASSERT_NO_FATAL_FAILURE(counts.add(read_range(table, range.first, range.last), written, bit));
      disk.flip(kFile, bit);
    }
    sqlite3_db_release_memory(table.database().raw());
  }
  counts.print();
  EXPECT_EQ(counts.found + counts.harmless, kBytes * 8);
  EXPECT_GT(counts.found, kBytes * 3);
}

/// Where SQLite reads something of the first page: header, schema. What is between holds nothing.
std::vector<std::uint64_t> bytes_of_first_page(const Bytes& file) {
  const auto number_at = [&](std::size_t at) {
    return std::to_integer<std::size_t>(file[at]) * 256 +
           std::to_integer<std::size_t>(file[at + 1]);
  };
  const std::size_t cells_end = 108 + 2 * number_at(103);
  std::vector<std::uint64_t> bytes;
  for (std::uint64_t at = 0; at < kPageBytes; ++at) {
    if (at < cells_end || at >= number_at(105)) bytes.push_back(at);
  }
  return bytes;
}

/// Every bit of the first page that says something, and one in 211 of the others.
TEST_F(BitFlipsSlow, WhenAJournalIsOpened) {
  SimulatedDisk whole(1, image_);
  const Content written = value_of(open_and_read(whole, commits_));
  std::vector<std::uint64_t> bits;
  for (const std::uint64_t byte : bytes_of_first_page(image_.content(*image_.find(kFile)))) {
    for (std::uint64_t bit = byte * 8; bit < byte * 8 + 8; ++bit) bits.push_back(bit);
  }
  for (std::uint64_t bit = kPageBytes * 8; bit < kBytes * 8; bit += 211) bits.push_back(bit);
  Counts counts;
  for (const std::uint64_t bit : bits) {
    SimulatedDisk disk(1, image_);
    disk.flip(kFile, bit);
    ASSERT_NO_FATAL_FAILURE(counts.add(open_and_read(disk, commits_), written, bit));
  }
  counts.print();
  EXPECT_GT(counts.found, 2000U);
}

/// A WAL that ends in damage is to SQLite one that was cut there by a crash. Then it is the signed head that tells.
TEST_F(BitFlipsSlow, InTheLogOfAProcessThatWasKilled) {
  constexpr auto kLog = "/data/journal.db-wal";
  constexpr std::uint64_t kFrameBytes = 24 + kPageBytes;
  DiskImage killed;
  Head head;
  {
    SimulatedDisk disk(1);
    ManualHost host(1);
    const auto journal = *SqliteJournal::open(kFile, {}, {.host = &host, .disk = &disk});
    head = *journal->acquire(kPartition);
    for (std::uint64_t number = 1; killed.bytes_used() < 3 * kBytes; ++number) {
      journal->append(kPartition, head.epoch, commit_of(number),
                      [&](AppendOutcome outcome) { head = std::get<Appended>(outcome).head; });
      host.step_until_idle();
      killed = disk.image();
    }
  }
  SeededEntropy entropy(1);
  const Ed25519PrivateKey key = Ed25519PrivateKey::make(entropy);
  const SignedHead signed_head = sign_head(kPartition, head, ManualHost::kStart, key);
  const std::uint64_t commits = head.sequence.value;
  const auto read = [&](const DiskImage& image, std::optional<std::uint64_t> bit) {
    SimulatedDisk disk(1, image);
    if (bit) disk.flip(kLog, *bit);
    return open_and_read_with_head(disk, commits, signed_head, key.public_key());
  };
  const Content written = value_of(read(killed, std::nullopt));
  const std::uint64_t log_bits = killed.content(*killed.find(kLog)).size() * 8;
  ASSERT_GE(log_bits, kBytes * 8);
  Counts counts;
  for (std::uint64_t bit = 0; bit < log_bits; ++bit) {
    const bool in_header = bit / 8 < 32 || (bit / 8 - 32) % kFrameBytes < 24;
    if (!in_header && bit % 307 != 0) continue;
    ASSERT_NO_FATAL_FAILURE(counts.add(read(killed, bit), written, bit));
  }
  counts.print();
  EXPECT_GT(counts.reasons["journal_contradicts_heads"], 100U);
}

}  // namespace
}  // namespace remit::journal
