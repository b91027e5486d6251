#pragma once

#include "kit/journal/journal.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace remit::journal {

/// What is wrong, for a person.
using Violation = std::optional<std::string>;

/// One thing that must be true of a whole partition, looked at commit by commit from the first on. It believes nothing that
/// the engine computed: what it needs it adds up from the events itself.
class Invariant {
 public:
  virtual ~Invariant() = default;
  /// A sentence that says what is true: "versions have no gaps".
  virtual std::string_view name() const = 0;
  /// What is wrong with this commit behind all those before it; the first thing only. Never called again after that.
  virtual Violation look(const StoredCommit& commit) = 0;
  /// What has been looked at: "12 streams".
  virtual std::string seen() const = 0;
};

/// What became of one invariant.
struct Finding {
  std::string_view name;
  std::string seen;
  Violation violation;
};

/// Holds a partition to invariants, as far as it has grown.
class InvariantWatch {
 public:
  explicit InvariantWatch(std::vector<std::unique_ptr<Invariant>> invariants);

  /// Reads on from where it stopped to the end. Fails when the journal cannot be read.
  Result<void> follow(Journal& journal, PartitionId partition,
                      const std::function<void(Position done, Position end)>& progress = {});
  /// In the order in which they were given.
  std::vector<Finding> findings() const;
  /// The first that does not hold, with its name.
  Violation first_violation() const;

 private:
  struct Watched {
    std::unique_ptr<Invariant> invariant;
    Violation violation;
  };
  std::vector<Watched> watched_;
  Sequence through_;
};

}  // namespace remit::journal
