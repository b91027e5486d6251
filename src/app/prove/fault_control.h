#pragma once

#include "app/world/world.h"
#include "kit/base/result.h"
#include "kit/base/time.h"
#include "lab/faults/fault_table.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace remit::app {

/// One kind of call of one place: what is counted by itself.
struct CallClass {
  lab::faults::Place place{};
  lab::faults::Call call{};
  auto operator<=>(const CallClass&) const = default;
  std::string name() const;  ///< "journal-wal/write"
};
/// The class of that name, if there is one.
std::optional<CallClass> call_class_of(std::string_view name);

/// What shall happen at one call, or from it on.
struct FaultPlan {
  std::vector<lab::faults::Place> places;
  std::vector<lab::faults::Call> calls;
  lab::faults::Action action = lab::faults::Action::Kill;
  int error = 0;
  bool sticky = false;
  std::uint64_t at =
      1;  ///< The how manieth of these calls from now, or from the start of the process.
};
FaultPlan plan_at(CallClass one, lab::faults::Action action, std::uint64_t at);

/// A fault that happened: the last one.
struct FaultHit {
  CallClass at;
  std::uint64_t index = 0;  ///< Of its class, from the start of the process.
  std::uint64_t times = 0;
};

/// Our side of the library that is preloaded into the server. Calls of one class are counted from the start of a process;
/// what is set and lifted works in a process that runs.
class FaultControl {
 public:
  /// A table in the world's directory, and the library beside this program.
  static Result<std::unique_ptr<FaultControl>> open(World& world);
  ~FaultControl();
  FaultControl(const FaultControl&) = delete;
  FaultControl& operator=(const FaultControl&) = delete;

  /// For the process that will be under faults.
  std::vector<std::string> environment() const;
  /// Counts from zero, nothing set: before each start of the process.
  void begin_life();
  void set(const FaultPlan& plan);
  void lift();
  bool is_set() const;
  /// Since the last `set`.
  std::optional<FaultHit> hit() const;
  std::uint64_t count(CallClass one) const;
  /// The classes that were called in this life.
  std::vector<CallClass> called() const;

  /// The server's wall clock goes `by` ahead of, or behind, the machine's.
  void move_clock(Duration by);
  /// From now on a thousand times `per_mille` as fast, until it is set again; 1000 is as it is.
  void set_clock_rate(std::int64_t per_mille);
  /// The machine's time at the machine's rate.
  void right_clock();

 private:
  FaultControl(std::string library, std::string file, lab::faults::FaultTable* table)
      : library_(std::move(library)), file_(std::move(file)), table_(table) {}

  const std::string library_;
  const std::string file_;
  lab::faults::FaultTable* const table_;
};

}  // namespace remit::app
