#include "app/commands.h"
#include "lab/sim/simulation.h"

#include <cstdio>

namespace remit::app {
namespace {

struct Options {
  std::uint64_t seed = 1;
  std::uint64_t seeds = 1;
  lab::sim::Options world;
  bool without_faults = false;
};

int simulate(Options options) {
  options.world.with_faults = !options.without_faults;
  return lab::sim::run_seeds(options.seed, options.seeds, options.world, stdout) == 0 ? 0 : 1;
}

}  // namespace

void add_sim(CLI::App& program, int& exit) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      program.add_subcommand("sim",
                             "Runs the engine, the ledger, payments and their flows in virtual "
                             "time, with crashes and faults, from a seed.");
  command->add_option("--seed", options->seed, "The first one; the same seed is the same run")
      ->capture_default_str();
  command->add_option("--seeds", options->seeds, "How many, one after another")
      ->capture_default_str();
  command->add_option("--payments", options->world.payments_max, "At most, in one run")
      ->capture_default_str();
  command->add_flag("--without-faults", options->without_faults, "Nothing goes wrong");
  command->callback([options, &exit] { exit = simulate(*options); });
}

}  // namespace remit::app
