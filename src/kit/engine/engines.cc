#include "kit/engine/engines.h"

#include <algorithm>
#include <atomic>
#include <utility>

namespace remit::engine {

Result<std::unique_ptr<Engines>> Engines::open(const Registry& registry, Engine::Ports ports,
                                               const Options& options) {
  CHECK(options.client_partitions > 0, "no partition for clients");
  std::unique_ptr<Engines> engines(new Engines());
  for (std::uint64_t number = 0; number <= options.client_partitions; ++number) {
    engines->engines_.push_back(
        TRY(Engine::open(registry, ports, journal::PartitionId(number), options.engine)));
  }
  return engines;
}

Engine& Engines::of(const ClientId& client) {
  if (client.empty()) return system();
  const bool only_one = engines_.size() == 2;
  const auto assigned =
      directory_ != nullptr ? directory_->find(client) : std::optional<journal::PartitionId>();
  CHECK(assigned || only_one, "{} is in no partition", client.to_string());
  const journal::PartitionId partition = assigned.value_or(journal::PartitionId(1));
  Engine* engine = find(partition);
  CHECK(engine != nullptr && partition != kSystem, "{} is assigned to partition {}",
        client.to_string(), partition.value);
  return *engine;
}

Engine* Engines::find(journal::PartitionId partition) {
  return partition.value < engines_.size() ? engines_[partition.value].get() : nullptr;
}

journal::PartitionId Engines::least_loaded() const {
  const auto least = std::ranges::min_element(
      engines_.begin() + 1, engines_.end(), {},
      [](const std::unique_ptr<Engine>& engine) { return engine->stats().head.position; });
  return (*least)->partition();
}

void Engines::start() {
  for (const auto& engine : engines_) engine->start();
}

void Engines::drain(std::move_only_function<void()> done) {
  struct Waiting {
    std::atomic<std::size_t> left;
    std::move_only_function<void()> done;
  };
  auto waiting = std::make_shared<Waiting>(engines_.size(), std::move(done));
  for (const auto& engine : engines_) {
    engine->drain([waiting] {
      if (waiting->left.fetch_sub(1) == 1) waiting->done();
    });
  }
}

void Engines::stop() {
  for (const auto& engine : engines_) engine->stop();
}

}  // namespace remit::engine
