#include "kit/engine/engine.h"

#include "kit/engine/core.h"

#include <fmt/format.h>

#include <utility>

namespace remit::engine {

Engine::Engine() = default;

Engine::~Engine() {
  if (core_) core_->stop();
}

Result<std::unique_ptr<Engine>> Engine::open(const Registry& registry, Ports ports,
                                             journal::PartitionId partition,
                                             EngineOptions options) {
  auto engine = std::unique_ptr<Engine>(new Engine());
  engine->core_ = std::make_unique<Core>(registry, ports, partition, options, *engine);
  if (auto opened = engine->core_->open(); !opened) {
    return std::unexpected(std::move(opened).error());
  }
  return engine;
}

std::string Engine::name() const {
  return fmt::format("engine-{}", core_->partition().value);
}

bool Engine::step() {
  return core_->step();
}

void Engine::submit(CommandContext context, EncodedCommand command, CommandCallback done) {
  const CommandKind* kind = core_->registry().find_command(command.name);
  if (kind == nullptr) {
    done(fail(ErrorCode::InvalidArgument, "unknown_command",
              fmt::format("No command is called {}; check its name.", command.name)));
    return;
  }
  auto decoded = kind->decode(command.payload);
  if (!decoded) {
    done(std::unexpected(
        std::move(decoded).error().wrap(ErrorCode::InvalidArgument, "command_payload_unreadable",
                                        fmt::format("The payload is not a {}.", command.name))));
    return;
  }
  core_->submit(std::move(context), kind, *std::move(decoded), std::move(done));
}

void Engine::submit_erased(CommandContext context, std::string_view name,
                           std::shared_ptr<const void> command, CommandCallback done) {
  const CommandKind* kind = core_->registry().find_command(name);
  CHECK(kind != nullptr, "command {} is not registered", name);
  core_->submit(std::move(context), kind, std::move(command), std::move(done));
}

void Engine::query(std::move_only_function<void(ReadView&)> look,
                   std::move_only_function<void(Result<Position>)> done) {
  core_->query({std::move(look), std::move(done)});
}

void Engine::on_halted(std::move_only_function<void(const Error&)> listener) {
  core_->on_halted(std::move(listener));
}

void Engine::on_put_off(PutOffListener listener) {
  core_->on_put_off(std::move(listener));
}

void Engine::start() {
  core_->start();
}
void Engine::drain(std::move_only_function<void()> done) {
  core_->drain(std::move(done));
}
void Engine::stop() {
  core_->stop();
}

void Engine::checkpoint(std::move_only_function<void(Result<Position>)> done) {
  core_->checkpoint({std::move(done)});
}

EngineStats Engine::stats() const {
  return core_->stats();
}
journal::PartitionId Engine::partition() const {
  return core_->partition();
}

}  // namespace remit::engine
