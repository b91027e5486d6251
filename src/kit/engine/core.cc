#include "kit/engine/core.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace remit::engine {
namespace {

Error unavailable(std::string reason, std::string message) {
  return {ErrorCode::Unavailable, std::move(reason), std::move(message), {}, nullptr};
}

}  // namespace

Engine::Core::Core(const Registry& registry, Ports ports, journal::PartitionId partition,
                   EngineOptions options, Component& owner)
    : registry_(registry),
      ports_(ports),
      partition_(partition),
      options_(options),
      owner_(owner),
      mailbox_(std::make_shared<Mailbox>(ports.host, owner)),
      checkpointer_(ports.checkpoints, ports.host, partition, mailbox_),
      inbox_(options.inbox_commands_max) {
  CHECK(options.batch_commands_max > 0 && options.batch_bytes_max > 0, "batches without room");
  CHECK(options.appends_in_flight_max > 0, "no append may be under way");
}

Engine::Core::~Core() {
  CHECK(!attached_, "partition {} is not stopped", partition_.value);
}

void Engine::Core::start() {
  CHECK(!attached_, "partition {} is started twice", partition_.value);
  attached_ = true;
  ports_.host.attach(checkpointer_);
  ports_.host.attach(owner_);
  mailbox_->wake();
}

void Engine::Core::stop() {
  {
    const std::lock_guard lock(gate_);
    if (!closed_ || closed_->code != ErrorCode::Fenced) {
      closed_ = unavailable("engine_stopped", "This partition is being stopped; try again later.");
    }
  }
  if (attached_) {
    ports_.host.detach(owner_);
    ports_.host.detach(checkpointer_);
    attached_ = false;
  }
  mailbox_->close();
  take_completions();
  const Error unknown{ErrorCode::OutcomeUnknown,
                      "answer_unknown",
                      "The partition stopped before the answer was known; retry with the same key.",
                      {},
                      nullptr};
  for (InFlight& commit : std::exchange(in_flight_, {})) {
    for (Waiting& waiting : commit.waiting) waiting.refuse(unknown);
  }
  const Error stopped = *closed_;
  refuse_requests(stopped);
  refuse_checkpoints(stopped);
  finish_drain();
  publish_stats();
}

std::optional<Error> Engine::Core::admit(Request& request) {
  const std::lock_guard lock(gate_);
  if (closed_) return closed_;
  if (inbox_.try_push(std::move(request))) return std::nullopt;
  return unavailable("overloaded",
                     fmt::format("{} commands wait for partition {} already; try again shortly.",
                                 inbox_.items_max(), partition_.value));
}

void Engine::Core::submit(CommandContext context, const CommandKind* kind,
                          std::shared_ptr<const void> command, CommandCallback done) {
  CHECK(context.command.prefix() == "cmd", "a command needs an id, not '{}'",
        context.command.to_string());
  if (context.idempotency) {
    const std::size_t bytes = context.idempotency->key.size();
    if (bytes == 0 || bytes > 255) {
      done(fail(ErrorCode::InvalidArgument, "idempotency_key_invalid",
                fmt::format("An Idempotency-Key has 1 to 255 bytes, not {}.", bytes)));
      return;
    }
  }
  Request request = CommandRequest{std::move(context), kind, std::move(command), std::move(done)};
  if (auto error = admit(request)) {
    refuse(request, *error);
  } else {
    mailbox_->wake();
  }
}

void Engine::Core::query(QueryRequest query) {
  Request request = std::move(query);
  if (auto error = admit(request)) {
    refuse(request, *error);
  } else {
    mailbox_->wake();
  }
}

void Engine::Core::checkpoint(CheckpointRequest checkpoint) {
  Request request = std::move(checkpoint);
  if (auto error = admit(request)) {
    refuse(request, *error);
  } else {
    mailbox_->wake();
  }
}

void Engine::Core::drain(std::move_only_function<void()> done) {
  {
    const std::lock_guard lock(gate_);
    CHECK(!drained_, "partition {} is drained twice", partition_.value);
    drained_ = std::move(done);
    if (!closed_) {
      closed_ = unavailable("engine_stopped", "This partition is being stopped; try again later.");
    }
  }
  mailbox_->wake();
}

void Engine::Core::on_halted(std::move_only_function<void(const Error&)> listener) {
  const std::lock_guard lock(gate_);
  halted_listener_ = std::move(listener);
}

EngineStats Engine::Core::stats() const {
  const std::lock_guard lock(gate_);
  return published_;
}

bool Engine::Core::step() {
  take_completions();
  if (phase_ == Phase::Recovering) try_recovery();
  take_requests();
  bool more = false;
  if (phase_ == Phase::Running) {
    more = run_batch();
    begin_checkpoint_if_due();
    more = advance_checkpoint() || more;
    states_->evict(options_.entities_max);
    note_timers();
    wake_for_timers();
  } else if (phase_ == Phase::Halted) {
    refuse_requests(*halted_);
  } else if (stats_.trouble) {
    // The next look may be seconds away, and may find no more.
    refuse_requests(out_of_reach(*stats_.trouble));
  }
  finish_drain();
  publish_stats();
  return more;
}

void Engine::Core::take_completions() {
  for (Completion& completion : mailbox_->take()) {
    if (auto* append = std::get_if<AppendDone>(&completion)) {
      on_append(std::move(*append));
    } else {
      on_save(std::get<SaveDone>(std::move(completion)));
    }
  }
}

void Engine::Core::take_requests() {
  if (taken_.size() >= options_.batch_commands_max) return;
  std::vector<Request> fresh;
  inbox_.drain(fresh, options_.batch_commands_max - taken_.size());
  for (Request& request : fresh) taken_.push_back(std::move(request));
}

void Engine::Core::refuse(Request& request, const Error& error) {
  if (auto* command = std::get_if<CommandRequest>(&request)) {
    command->done(std::unexpected(error));
  } else if (auto* query = std::get_if<QueryRequest>(&request)) {
    query->done(std::unexpected(error));
  } else {
    std::get<CheckpointRequest>(request).done(std::unexpected(error));
  }
}

void Engine::Core::refuse_requests(const Error& error) {
  do {
    take_requests();
    for (Request& request : std::exchange(taken_, {})) refuse(request, error);
  } while (inbox_.size() > 0);
}

void Engine::Core::halt(Error error) {
  phase_ = Phase::Halted;
  halted_ = std::move(error);
  stats_.trouble.reset();
  std::move_only_function<void(const Error&)> listener;
  {
    const std::lock_guard lock(gate_);
    closed_ = halted_;
    listener = std::move(halted_listener_);
  }
  for (InFlight& commit : std::exchange(in_flight_, {})) {
    for (Waiting& waiting : commit.waiting) waiting.refuse(*halted_);
  }
  refuse_requests(*halted_);
  refuse_checkpoints(*halted_);
  publish_stats();
  if (listener) listener(*halted_);
}

bool Engine::Core::has_work() const {
  return !taken_.empty() || inbox_.size() > 0;
}

void Engine::Core::wake_after(Duration delay) {
  const Monotonic at = ports_.host.clock().monotonic() + delay;
  if (wake_at_ && *wake_at_ > ports_.host.clock().monotonic() && *wake_at_ <= at) return;
  wake_at_ = at;
  ports_.host.timers().after(delay, [box = mailbox_] { box->wake(); });
}

/// Work is put off: said when it begins, not each time that it cannot be done yet.
void Engine::Core::put_off(PutOff what, Error cause) {
  std::optional<Error>& trouble = trouble_of(what);
  const bool begins = !trouble;
  trouble = std::move(cause);
  if (begins && put_off_listener_) put_off_listener_(what, trouble);
}

void Engine::Core::caught_up(PutOff what) {
  std::optional<Error>& trouble = trouble_of(what);
  if (!trouble) return;
  trouble.reset();
  if (put_off_listener_) put_off_listener_(what, trouble);
}

std::optional<Error>& Engine::Core::trouble_of(PutOff what) {
  return what == PutOff::Timers ? stats_.timers_trouble : stats_.checkpoints_trouble;
}

void Engine::Core::finish_drain() {
  if (has_work() || !in_flight_.empty()) return;
  std::move_only_function<void()> drained;
  {
    const std::lock_guard lock(gate_);
    drained = std::exchange(drained_, nullptr);
  }
  if (drained) drained();
}

void Engine::Core::publish_stats() {
  stats_.head = durable_;
  stats_.checkpoint = saved_.position;
  stats_.appends_in_flight = in_flight_.size();
  stats_.commands_waiting = taken_.size() + inbox_.size();
  stats_.recovering = phase_ == Phase::Recovering;
  stats_.halted = halted_;
  if (states_) {
    stats_.entities_in_memory = states_->cache().size();
    stats_.timers_waiting = states_->timers().size();
    stats_.timers_unreadable = states_->timers().aside();
  }
  const std::lock_guard lock(gate_);
  published_ = stats_;
}

}  // namespace remit::engine
