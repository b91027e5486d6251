#pragma once

#include "kit/base/hash.h"
#include "kit/base/time.h"
#include "lab/sim/rates.h"
#include "lab/sim/sometimes.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace remit::lab::sim {

/// What one world is: with the seed, all that its history follows from.
struct Options {
  std::size_t payments_max = 15;  ///< Requests for payments in one world; and half as many refunds.
  std::size_t turns_max = 600;    ///< Of the safety phase.
  FaultMask without;  ///< Classes of faults that do not happen; all other rates are the same.
  /// So many in a thousand calls of the bank get no answer, two of three of them behind the effect, instead of the faults of
  /// the bank that were drawn. 0: as drawn.
  std::uint32_t unknown_permille = 0;
};

/// What became of one simulated world.
struct Report {
  std::uint64_t seed = 0;
  std::vector<std::string> violations;  ///< Empty when all invariants held.
  std::size_t turns = 0;                ///< Of the safety phase, until the first violation.
  Duration simulated{};
  std::uint64_t crashes = 0;
  std::uint64_t splits = 0;
  std::uint64_t handed_over = 0;  ///< Attempts to hand a payment to the bank.
  std::uint64_t unknown = 0;      ///< Of which the outcome was not known.
  std::uint64_t executed = 0;     ///< Orders, by the bank's books.
  Sometimes sometimes;
  std::map<std::string, std::uint64_t, std::less<>> events;  ///< Seen, by type.
  /// Over the journal's chain, all that went over the network, the bank's books and what the receiver took: equal for equal
  /// seeds and options.
  Hash256 trace{};
};

/// Runs the world of that seed: a safety phase in which everything may fail and nothing may be lost or doubled, then a
/// liveness phase in which all heals and everything must come to its end. Virtual time, one thread, no trace outside.
Report run(std::uint64_t seed, const Options& options = {});

/// "./dev sim --seed 7 --without crash,split": what replays the world.
std::string replay_command(std::uint64_t seed, const Options& options);

}  // namespace remit::lab::sim
