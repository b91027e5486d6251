#include "app/prove/damaged_journal.h"

#include "kit/base/manual_host.h"
#include "kit/journal/heads/check_heads.h"
#include "kit/journal/sqlite/sqlite_journal.h"
#include "kit/journal/verify_chain.h"

#include <fmt/format.h>

#include <fstream>

namespace remit::app {
namespace {

using journal::PartitionId;
using journal::Position;
using journal::Sequence;
using journal::SqliteJournal;

constexpr PartitionId kPartition{1};
constexpr std::uint64_t kSectorBytes = 512;
constexpr std::uint64_t kCommitsOfGroup = 64;
/// What a file has that nobody wrote to behind the damage.
constexpr std::filesystem::file_time_type kUntouched{};

std::unexpected<Error> unusable(const std::string& file) {
  return fail(ErrorCode::Unavailable, "file_not_written",
              fmt::format("{} cannot be read or written.", file));
}

Result<Bytes> read_at(const std::string& path, std::uint64_t at, std::uint64_t count) {
  Bytes bytes(count);
  std::ifstream file(path, std::ios::binary);
  file.seekg(static_cast<std::streamoff>(at));
  file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(count));
  if (!file) return unusable(path);
  return bytes;
}

Result<void> write_at(const std::string& path, std::uint64_t at, ByteView bytes) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(static_cast<std::streamoff>(at));
  file.write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (!file) return unusable(path);
  return {};
}

Result<void> copy(const std::string& from, const std::string& to) {
  std::error_code error;
  std::filesystem::copy_file(from, to, std::filesystem::copy_options::overwrite_existing, error);
  if (error) return unusable(to);
  return {};
}

/// Events of random bytes, in commits of some hundred bytes to some ten thousand.
journal::Commit commit_of(const journal::Head& head, std::uint64_t seed) {
  SeededRandom random(seed + head.sequence.value);
  SeededEntropy entropy(random.next());
  journal::Commit commit{.sequence = head.sequence.next(),
                         .first_position = head.position.next(),
                         .time = ManualHost::kStart + std::chrono::seconds(head.sequence.value)};
  const auto id = [&](std::string_view prefix) {
    return TypeId::derive(prefix, as_bytes("damaged"), std::to_string(random.next()));
  };
  commit.causes.push_back({.command = id("cmd"), .actor = "flow:submit_payments"});
  for (std::uint64_t left = 1 + random.below(16); left > 0; --left) {
    commit.events.push_back({.stream = id("pay"),
                             .version = journal::Version(1),
                             .type = "payment.created",
                             .payload = entropy.bytes(200 + random.below(2000))});
  }
  return commit;
}

void add(Sha256& hash, const journal::Event& event) {
  const std::string text =
      fmt::format("{} {} {} {} {} {} {} {} {} {}\n", event.position.value, event.sequence.value,
                  event.stream.to_string(), event.version.value, event.type, event.schema,
                  event.time.time_since_epoch().count(), event.cause.command.to_string(),
                  event.cause.actor, event.payload.size());
  hash.update(as_bytes(text)).update(event.payload);
}

/// Of all events, as they are found by their positions.
Result<Hash256> hash_events(journal::Journal& journal, const journal::Head& head) {
  Sha256 hash;
  for (Position next(1); next <= head.position;) {
    const std::vector<journal::Event> events = TRY(journal.read(kPartition, next, {}));
    if (events.empty()) break;
    for (const journal::Event& event : events) add(hash, event);
    next = events.back().position.next();
  }
  return hash.finish();
}

Result<void> do_damage(const std::string& file, const Damage& damage, std::uint64_t page_bytes) {
  switch (damage.kind) {
    case DamageKind::Bit:
    case DamageKind::Byte: {
      Bytes byte = TRY(read_at(file, damage.at, 1));
      byte[0] ^= static_cast<std::byte>(damage.other);
      return write_at(file, damage.at, byte);
    }
    case DamageKind::Sector:
      return write_at(file, damage.at, Bytes(kSectorBytes));
    case DamageKind::Cut: {
      std::error_code error;
      std::filesystem::resize_file(file, damage.at, error);
      if (error) return unusable(file);
      return {};
    }
    case DamageKind::Swap: {
      const Bytes one = TRY(read_at(file, damage.at, page_bytes));
      const Bytes other = TRY(read_at(file, damage.other, page_bytes));
      TRY(write_at(file, damage.at, other));
      return write_at(file, damage.other, one);
    }
  }
  return {};
}

Result<void> undamaged(const DamagedJournal& journal) {
  const DamagedJournal::Look seen = journal.look();
  if (seen.verdict == DamageVerdict::Harmless) return {};
  return fail(ErrorCode::Internal, "does_not_hold",
              "The journal is not whole without any damage: " + seen.what);
}

}  // namespace

std::string_view damage_name(DamageKind kind) {
  constexpr std::array<std::string_view, kDamageKinds> kNames{"bit", "byte", "sector", "cut",
                                                              "swap"};
  return kNames.at(static_cast<std::size_t>(kind));
}

std::string Damage::describe() const {
  return fmt::format("{} at byte {} ({})", damage_name(kind), at, other);
}

Result<DamagedJournal> DamagedJournal::write(std::filesystem::path folder, std::uint64_t bytes,
                                             std::uint64_t seed) {
  DamagedJournal made(std::move(folder));
  std::error_code error;
  std::filesystem::remove_all(made.folder_, error);
  std::filesystem::create_directories(made.folder_, error);
  if (error) return unusable(made.folder_);
  TRY(made.fill(bytes, seed));
  made.bytes_ = std::filesystem::file_size(made.file(), error);
  if (error || made.bytes_ < bytes) return unusable(made.file());
  // Bytes 16 and 17 of an SQLite file are the size of its pages.
  const Bytes size = TRY(read_at(made.file(), 16, 2));
  made.page_bytes_ =
      std::to_integer<std::uint64_t>(size[0]) << 8U | std::to_integer<std::uint64_t>(size[1]);
  TRY(copy(made.file(), made.whole()));
  return made;
}

/// Opened a second time, so that what is signed and hashed is what was read of the file.
Result<void> DamagedJournal::fill(std::uint64_t bytes, std::uint64_t seed) {
  ManualHost host(seed);
  {
    const auto journal = TRY(SqliteJournal::open(file(), {}, {.host = &host}));
    journal::Head head = TRY(journal->acquire(kPartition));
    for (std::uint64_t written = 0; written < bytes;) {
      for (std::uint64_t i = 0; i < kCommitsOfGroup; ++i) {
        journal::Commit commit = commit_of(head, seed);
        head.sequence = commit.sequence;
        head.position = Position(head.position.value + commit.events.size());
        for (const journal::NewEvent& event : commit.events) written += event.payload.size();
        journal->append(kPartition, head.epoch, std::move(commit), [](journal::AppendOutcome) {});
      }
      host.step_until_idle();
    }
    TRY(journal->catch_up_indexes(kPartition));
  }
  const auto journal = TRY(SqliteJournal::open(file(), {}, {.host = &host}));
  head_ = TRY(journal->head(kPartition));
  events_ = TRY(hash_events(*journal, head_));
  SeededEntropy entropy(seed);
  const Ed25519PrivateKey key = Ed25519PrivateKey::make(entropy);
  signed_head_ = journal::sign_head(kPartition, head_, ManualHost::kStart, key);
  key_.emplace(key.public_key());
  return {};
}

Result<Damage> DamagedJournal::draw(Random& random) const {
  while (true) {
    Damage damage{.kind = static_cast<DamageKind>(random.below(kDamageKinds)),
                  .at = random.below(bytes_)};
    switch (damage.kind) {
      case DamageKind::Bit:
        damage.other = std::uint64_t{1} << random.below(8);
        return damage;
      case DamageKind::Byte:
        damage.other = 1 + random.below(255);
        return damage;
      case DamageKind::Cut:
        return damage;
      case DamageKind::Sector: {
        damage.at -= damage.at % kSectorBytes;
        const Bytes now = TRY(read_at(file(), damage.at, kSectorBytes));
        if (now != Bytes(kSectorBytes)) return damage;
        break;
      }
      case DamageKind::Swap:
        damage.at -= damage.at % page_bytes_;
        damage.other = random.below(bytes_ / page_bytes_) * page_bytes_;
        if (TRY(read_at(file(), damage.at, page_bytes_)) !=
            TRY(read_at(file(), damage.other, page_bytes_))) {
          return damage;
        }
        break;
    }
  }
}

DamagedJournal::Look DamagedJournal::look() const {
  const auto named = [](const Error& error) {
    return Look{DamageVerdict::Found, error.reason.empty() ? error.describe() : error.reason};
  };
  ManualHost host(1);
  const auto opened = SqliteJournal::open(file(), {}, {.host = &host});
  if (!opened) return named(opened.error());
  journal::Journal& journal = **opened;
  const auto heads = journal::check_heads(journal, std::span(&signed_head_, 1), *key_);
  if (!heads) return named(heads.error());
  if (!heads->faults.empty()) return {DamageVerdict::Found, "signed_head"};
  const auto chain = journal::verify_chain(journal, kPartition);
  if (!chain) return named(chain.error());
  if (chain->broken) return {DamageVerdict::Found, "chain"};
  const auto events = hash_events(journal, chain->head);
  if (!events) return named(events.error());
  journal::Head head = chain->head;
  // Any writer that starts raises it; that it never falls is a check of the chain's.
  head.epoch = head_.epoch;
  if (head != head_) return {DamageVerdict::Wrong, "it ends elsewhere"};
  if (*events != events_) return {DamageVerdict::Wrong, "other events are read"};
  return {DamageVerdict::Harmless, ""};
}

Result<DamagedJournal::Look> DamagedJournal::look_at(const Damage& damage) {
  TRY(do_damage(file(), damage, page_bytes_));
  std::error_code error;
  std::filesystem::last_write_time(file(), kUntouched, error);
  if (error) return unusable(file());
  Look seen = look();
  TRY(repair(damage));
  return seen;
}

/// Also of what the process that looked may have written.
Result<void> DamagedJournal::repair(const Damage& damage) {
  std::error_code error;
  const bool untouched = std::filesystem::last_write_time(file(), error) == kUntouched && !error;
  for (const std::string_view ending : {"-wal", "-shm"}) {
    std::filesystem::remove(file().append(ending), error);
  }
  if (!untouched || damage.kind == DamageKind::Cut) return copy(whole(), file());
  const std::uint64_t bytes = damage.kind == DamageKind::Swap     ? page_bytes_
                              : damage.kind == DamageKind::Sector ? kSectorBytes
                                                                  : 1;
  TRY(write_at(file(), damage.at, TRY(read_at(whole(), damage.at, bytes))));
  if (damage.kind != DamageKind::Swap) return {};
  return write_at(file(), damage.other, TRY(read_at(whole(), damage.other, bytes)));
}

Result<DamageTally> prove_damages(const std::filesystem::path& folder, std::uint64_t bytes,
                                  std::uint64_t damages, std::uint64_t seed,
                                  const std::function<void(const DamageTally&)>& progress) {
  DamagedJournal journal = TRY(DamagedJournal::write(folder, bytes, seed));
  SeededRandom random(seed);
  DamageTally tally{.journal_bytes = journal.bytes()};
  TRY(undamaged(journal));
  while (tally.damages < damages) {
    const Damage damage = TRY(journal.draw(random));
    const DamagedJournal::Look seen = TRY(journal.look_at(damage));
    ++tally.damages;
    const bool found = seen.verdict == DamageVerdict::Found;
    if (seen.verdict == DamageVerdict::Wrong) {
      tally.wrong.push_back(fmt::format("{}: {}", damage.describe(), seen.what));
    } else {
      ++(found ? tally.found : tally.harmless);
      ++tally.classes[fmt::format("{} {}", damage_name(damage.kind), found ? "found" : "harmless")];
    }
    if (found) ++tally.reasons[seen.what];
    if (progress) progress(tally);
  }
  TRY(undamaged(journal));
  return tally;
}

}  // namespace remit::app
