#pragma once

#include "kit/base/random.h"
#include "kit/journal/heads/signed_head.h"

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace remit::app {

/// What happens to bytes that were written and are at rest.
enum class DamageKind : std::uint8_t {
  Bit,     ///< One is turned over.
  Byte,    ///< One is another one.
  Sector,  ///< 512 bytes are zero.
  Cut,     ///< The file ends early.
  Swap,    ///< Two pages are in each other's place.
};
constexpr std::size_t kDamageKinds = 5;
std::string_view damage_name(DamageKind kind);

struct Damage {
  DamageKind kind = DamageKind::Bit;
  std::uint64_t at = 0;  ///< The byte where it begins.
  std::uint64_t other =
      0;  ///< Bit: its mask. Byte: what it is changed by. Swap: where the other page begins.
  std::string describe() const;  ///< "bit at byte 17".
};

/// What came of a damage.
enum class DamageVerdict : std::uint8_t {
  Found,     ///< It was named as damage.
  Harmless,  ///< What is read is, to the byte, what was written.
  Wrong,     ///< Something else is read, and nobody said so.
};

/// A closed journal of the embedded driver, in a file of a real disk, that is damaged, looked at and repaired.
class DamagedJournal {
 public:
  /// Writes a journal of at least that many bytes into the folder, which is made, with content drawn from the seed.
  static Result<DamagedJournal> write(std::filesystem::path folder, std::uint64_t bytes,
                                      std::uint64_t seed);

  /// A damage somewhere in the file that changes at least one byte.
  Result<Damage> draw(Random& random) const;

  struct Look {
    DamageVerdict verdict = DamageVerdict::Wrong;
    std::string what;  ///< The reason by which it was found, or what is wrong.
  };
  /// Looks at the file as a process does that starts and verifies: `SqliteJournal::open`, `check_heads` with the head that was
  /// signed, `verify_chain` over all of it. What those find nothing wrong with is then read event by event, by positions, as
  /// everything that follows a journal reads it, and compared with what was written.
  Look look() const;
  /// The same of the damaged file, which is whole again afterwards. Fails when it cannot be damaged or repaired.
  Result<Look> look_at(const Damage& damage);

  std::uint64_t bytes() const { return bytes_; }

 private:
  explicit DamagedJournal(std::filesystem::path folder) : folder_(std::move(folder)) {}
  std::string file() const { return folder_ / "journal.db"; }
  std::string whole() const { return folder_ / "whole.db"; }
  Result<void> fill(std::uint64_t bytes, std::uint64_t seed);
  Result<void> repair(const Damage& damage);

  std::filesystem::path folder_;
  std::uint64_t bytes_ = 0;
  std::uint64_t page_bytes_ = 0;
  journal::Head head_;
  Hash256 events_{};  ///< Over all that is read by positions.
  journal::SignedHead signed_head_;
  std::optional<Ed25519PublicKey> key_;  ///< Set by `fill`.
};

struct DamageTally {
  std::uint64_t journal_bytes = 0;
  std::uint64_t damages = 0;
  std::uint64_t found = 0;
  std::uint64_t harmless = 0;
  std::vector<std::string> wrong;                ///< Which damages were, and what of them.
  std::map<std::string, std::uint64_t> classes;  ///< "cut found", "bit harmless": how often.
  std::map<std::string, std::uint64_t> reasons;  ///< By which damages were found.
};
/// Damages a new journal so many times, one after another, at places drawn from the seed; `progress` hears of each. Fails also
/// when the undamaged file, before or afterwards, is not found harmless: then nothing was shown.
Result<DamageTally> prove_damages(const std::filesystem::path& folder, std::uint64_t bytes,
                                  std::uint64_t damages, std::uint64_t seed,
                                  const std::function<void(const DamageTally&)>& progress = {});

}  // namespace remit::app
