#pragma once

#include "lab/bench/bench.h"

#include <string>
#include <vector>

namespace remit::app {

/// What only a whole server shows, each a process of its own: payment creation over HTTP under the load of wrk, and how
/// soon a killed server that holds 1,000,000 events serves again.
std::vector<lab::bench::Benchmark> server_benchmarks(const lab::bench::Options& options);

/// The two, one in each file. `programs`: where those of bench/limits are.
lab::bench::Benchmark payment_creation(const std::string& programs);
lab::bench::Benchmark restart();

}  // namespace remit::app
