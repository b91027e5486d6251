#pragma once

#include "kit/base/result.h"

#include <optional>
#include <string>
#include <vector>

/// Speed beside the limit of the machine: ours and a small program without our code take turns, and the median of five counts.
namespace remit::lab::bench {

struct Options {
  std::optional<std::string> name;  ///< One row only.
  std::string limits_directory;     ///< Where the programs of bench/limits are.
  std::size_t rounds = 5;
};

/// One row of the table.
struct Row {
  std::string name;
  double value = 0;
  std::string unit;
  double limit = 0;
  double ratio = 0;  ///< value / limit
  double goal = 0;   ///< Which the ratio should reach.

  bool holds() const { return ratio >= goal; }
};

/// The names that Options::name may have.
std::vector<std::string> names();
/// Fails when a program cannot be run or something of ours fails.
Result<std::vector<Row>> run(const Options& options);

// What is measured; each in a folder of its own, everything durable and every index caught up before the clock stops.

/// Events of 256 bytes a second, in commits of 1,000.
Result<double> measure_journal_append(const std::string& directory);
/// Posted transfers a second through the engine: 10,000 accounts at random, or one that is in all of them.
enum class Accounts : std::uint8_t { Uniform, OneHot };
Result<double> measure_ledger_transfers(const std::string& directory, Accounts accounts);

}  // namespace remit::lab::bench
