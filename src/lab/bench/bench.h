#pragma once

#include "kit/base/result.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

/// Speed beside the limit of the machine: ours and a small program without our code take turns, and the median of five counts.
namespace remit::lab::bench {

struct Options {
  std::optional<std::string> name;  ///< One benchmark only.
  std::string limits_directory;     ///< Where the programs of bench/limits are.
  std::size_t rounds = 5;
};

/// One number that a benchmark yields.
struct Metric {
  std::string name;
  std::string unit;
  std::optional<double> goal = {};      ///< Which the ratio should reach.
  std::optional<double> may_cost = {};  ///< The limit where none is measured.
  bool less_is_better = false;
};

/// The numbers of one round, in the order of the metrics. The folder is empty before and gone after.
using Measure = std::function<Result<std::vector<double>>(const std::string& directory)>;

struct Benchmark {
  std::string name;
  std::vector<Metric> metrics;
  Measure ours;
  Measure limit = {};  ///< May be left out.
};

/// One row of the table.
struct Row {
  std::string name;
  double value = 0;
  std::string unit;
  std::optional<double> limit = {};
  std::optional<double> ratio =
      {};  ///< Of ours to the limit; turned round where less is better: more is always better.
  std::optional<double> goal = {};

  bool holds() const { return !goal || !ratio || *ratio >= *goal; }
};

/// Runs those that the options name. Fails when a program cannot be run or something of ours fails.
Result<std::vector<Row>> run(const std::vector<Benchmark>& benchmarks, const Options& options);
/// The first line that a program prints.
Result<std::string> run_program(const std::string& command);

/// Journal and ledger, in this process: everything durable and every index caught up before the clock stops.
std::vector<Benchmark> storage_benchmarks(const Options& options);

/// Events of 256 bytes a second, in commits of 1,000.
Result<double> measure_journal_append(const std::string& directory);
/// Posted transfers a second through the engine: 10,000 accounts at random, or one that is in all of them.
enum class Accounts : std::uint8_t { Uniform, OneHot };
Result<double> measure_ledger_transfers(const std::string& directory, Accounts accounts);

}  // namespace remit::lab::bench
