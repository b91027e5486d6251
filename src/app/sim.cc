#include "app/commands.h"
#include "lab/sim/swarm.h"

#include <cstdio>

namespace remit::app {
namespace {

struct Options {
  lab::sim::SwarmOptions swarm;
  std::string without;
  std::string kept;
  std::int64_t seconds = 0;
  bool without_faults = false;
  bool without_shrinking = false;
};

Result<int> simulate(Options options) {
  if (!options.kept.empty()) {
    return lab::sim::run_kept(TRY(lab::sim::read_kept_worlds(options.kept)), stdout) == 0 ? 0 : 1;
  }
  options.swarm.world.without = TRY(lab::sim::parse_fault_mask(options.without));
  if (options.without_faults) options.swarm.world.without.set();
  if (options.seconds > 0) options.swarm.seconds = std::chrono::seconds(options.seconds);
  options.swarm.shrinks = !options.without_shrinking;
  return lab::sim::run_swarm(options.swarm, stdout) == 0 ? 0 : 1;
}

}  // namespace

void add_sim(CLI::App& program, int& exit) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      program.add_subcommand("sim",
                             "Runs the whole product, with the model bank and a receiver of "
                             "webhooks, in virtual time, with faults of every kind, from a seed.");
  lab::sim::SwarmOptions& swarm = options->swarm;
  command->add_option("--seed", swarm.first, "The first one; the same seed is the same run")
      ->capture_default_str();
  command->add_option("--seeds", swarm.count, "How many, one after another")->capture_default_str();
  command->add_option("--seconds", options->seconds, "As many as fit into so long instead")
      ->check(CLI::PositiveNumber);
  command->add_option("--jobs", swarm.jobs, "Processes at once")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  command->add_option("--payments", swarm.world.payments_max, "At most, in one run")
      ->capture_default_str();
  command->add_option("--turns", swarm.world.turns_max, "Of the phase with faults")
      ->capture_default_str();
  command
      ->add_option("--unknown", swarm.world.unknown_permille,
                   "So many in a thousand calls of the bank get no answer, two of three behind the "
                   "effect; 0: as drawn")
      ->check(CLI::Range(0, 900))
      ->capture_default_str();
  command->add_option("--without", options->without,
                      "Classes of faults to leave out, with commas; other rates stay as drawn");
  command->add_flag("--without-faults", options->without_faults, "Nothing goes wrong");
  command->add_flag("--without-shrinking", options->without_shrinking,
                    "Failures are told as they are");
  command->add_flag("--twice", swarm.twice, "Each world two times; both must be the same");
  command->add_flag("--every-rare-state", swarm.every_rare_state,
                    "Fails unless the worlds together reach every rare state");
  command->add_flag("--json", swarm.json, "The summary as JSON");
  command->add_option("--kept", options->kept, "Runs the worlds of this file instead");
  command->callback([options, &exit] {
    const Result<int> ended = simulate(*options);
    exit = ended ? *ended : report(ended.error(), options->swarm.json);
  });
}

}  // namespace remit::app
