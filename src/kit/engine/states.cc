#include "kit/engine/states.h"

#include "kit/base/planted.h"
#include "kit/engine/stream_fold.h"
#include "kit/engine/timer.h"

#include <fmt/format.h>

namespace remit::engine {

States::States(Ports ports)
    : ports_(ports),
      timer_kind_(ports.registry.find_entity(Timer::kPrefix)),
      capture_(timer_kind_),
      kinds_(ports.registry.entities()) {
  CHECK(timer_kind_ != nullptr, "the registry has no timers");
}

const void* States::find(const TypeId& id) {
  return obtain(id).state.get();
}

void* States::change(const TypeId& id) {
  CHECK(home_ != nullptr, "{} changes outside of an event", id.to_string());
  Slot& slot = id == home_->id ? *home_ : obtain(id);
  CHECK(&slot == home_ || slot.kind->policy == LoadPolicy::Snapshot,
        "{} is folded from its own stream, so an event of {} may not change it", id.to_string(),
        home_->id.to_string());
  before_change(slot);
  if (!slot.state) slot.state = slot.kind->make();
  return slot.state.get();
}

Slot& States::obtain(const TypeId& id) {
  if (Slot* slot = cache_.find(id)) return *slot;
  auto loaded = load_slot(id);
  if (!loaded) throw LoadFailed{std::move(loaded).error()};
  return **loaded;
}

Result<Slot*> States::load(const TypeId& id) {
  if (Slot* slot = cache_.find(id)) return slot;
  return load_slot(id);
}

const EntityKind& States::kind_of(const TypeId& id) {
  const std::string_view prefix = id.prefix();
  for (const EntityKind* kind : kinds_) {
    if (kind->prefix == prefix) return *kind;
  }
  CHECK(false, "{} is of no registered kind", id.to_string());
  return *timer_kind_;
}

Result<Slot*> States::load_slot(const TypeId& id) {
  const EntityKind& kind = kind_of(id);
  if (kind.policy == LoadPolicy::Fold) {
    auto folded =
        TRY(fold_stream(ports_.registry, ports_.journal, ports_.partition, id, fold_before_));
    return &cache_.add(id, kind, std::move(folded.state), folded.version);
  }
  const auto stored = TRY(ports_.checkpoints.load(ports_.partition, id));
  std::shared_ptr<void> state;
  if (stored && stored->state) state = TRY(kind.decode(*stored->state));
  return &cache_.add(id, kind, std::move(state), stored ? stored->version : Version());
}

void States::before_change(Slot& slot) {
  undo_.save(slot);
  cache_.pin(slot);
  if (capture_.holds(*slot.kind)) capture_.before_change(slot);
  if (slot.changed_in == sequence_) return;
  slot.changed_in = sequence_;
  if (slot.kind->policy == LoadPolicy::Fold) staged_.push_back({sequence_, &slot});
}

void States::apply(Slot& home, const EventKind& kind, const void* event,
                   const EventContext& context) {
  CHECK(context.version == home.version.next(), "version {} behind {} of {}", context.version.value,
        home.version.value, home.id.to_string());
  before_change(home);
  unqueue_timer(home);
  home.version = context.version;
  home_ = &home;
  Changes changes(*this);
  kind.apply(changes, event, context);
  end_event(home);
}

void States::end_event(Slot& home) {
  home_ = nullptr;
  queue_timer(home);
  // Its version is stored with its state, so a stream without a state would begin again.
  CHECK(home.state || home.kind->policy == LoadPolicy::Fold, "an event of {} did not make it",
        home.id.to_string());
}

void States::undo_command() {
  undo_.undo([this](const Slot& slot) { unqueue_timer(slot); },
             [this](const Slot& slot) { queue_timer(slot); });
}

void States::unqueue_timer(const Slot& slot) {
  if (slot.kind != timer_kind_ || !slot.state) return;
  const auto& timer = *static_cast<const Timer*>(slot.state.get());
  if (timer.due) timers_.remove({*timer.due, slot.id});
}

void States::queue_timer(const Slot& slot) {
  if (slot.kind != timer_kind_ || !slot.state) return;
  const auto& timer = *static_cast<const Timer*>(slot.state.get());
  if (timer.due) timers_.add({*timer.due, slot.id});
}

void States::durable(journal::Sequence sequence) {
  CHECK(sequence >= durable_, "commit {} durable after {}", sequence.value, durable_.value);
  durable_ = sequence;
  last_settled_ = nullptr;
  while (!staged_.empty() && staged_.front().sequence <= sequence) {
    Slot& slot = *staged_.front().slot;
    staged_.pop_front();
    settle(slot);
    if (slot.idle) last_settled_ = &slot;
  }
}

void States::abandon_commit() {
  const journal::Sequence last(sequence_.value - 1);
  for (auto at = staged_.rbegin(); at != staged_.rend() && at->sequence == sequence_; ++at) {
    at->sequence = last;
    at->slot->changed_in = last;
  }
  if (last <= durable_) durable(durable_);
}

void States::checkpoint_saved() {
  capture_.saved([this](Slot& slot) { settle(slot); });
}

void States::settle(Slot& slot) {
  if (slot.generation == 0 && slot.changed_in <= durable_) cache_.unpin(slot);
}

void States::check_fold(Slot& slot) {
  CHECK(slot.kind->policy == LoadPolicy::Fold && slot.changed_in <= durable_, "{} is staged",
        slot.id.to_string());
  const auto folded =
      fold_stream(ports_.registry, ports_.journal, ports_.partition, slot.id, std::nullopt);
  if (!folded) return;
  // A newer writer went on with it; this one hears so at its next append.
  if (folded->version > slot.version) return;
  CHECK(folded->version == slot.version, "{} is at version {}, its stream at {}",
        slot.id.to_string(), slot.version.value, folded->version.value);
  Bytes live;
  Bytes told;
  if (slot.state) slot.kind->encode(slot.state.get(), live);
  if (folded->state) slot.kind->encode(folded->state.get(), told);
  CHECK(live == told, "{} is not what its stream tells: {} instead of {}", slot.id.to_string(),
        slot.state ? slot.kind->to_json(slot.state.get()) : "absent",
        folded->state ? slot.kind->to_json(folded->state.get()) : "absent");
}

Result<void> States::load_timers() {
  if (planted(Bug::TimersForgottenAtStart)) return {};
  constexpr std::size_t kPageMax = 1000;
  TypeId after;
  while (true) {
    const auto page =
        TRY(ports_.checkpoints.scan(ports_.partition, Timer::kPrefix, after, kPageMax));
    for (const StoredEntity& stored : page) {
      after = stored.id;
      if (!stored.state) continue;
      const auto state = TRY(timer_kind_->decode(*stored.state));
      const auto& timer = *static_cast<const Timer*>(state.get());
      CHECK(timer.due, "the checkpoint holds timer {}, which does not wait", stored.id.to_string());
      timers_.add({*timer.due, stored.id});
    }
    if (page.size() < kPageMax) return {};
  }
}

Result<void> States::replay(const journal::StoredCommit& stored) {
  begin_commit(stored.commit.sequence, stored.commit.first_position);
  for (std::size_t index = 0; index < stored.commit.events.size(); ++index) {
    fold_before_ = stored.commit.first_position.plus(index);
    auto done = guarded([&] { return replay_event(stored, index); });
    if (!done) return done;
  }
  durable(stored.commit.sequence);
  return {};
}

Result<void> States::replay_event(const journal::StoredCommit& stored, std::size_t index) {
  const journal::Commit& commit = stored.commit;
  const journal::NewEvent& event = commit.events[index];
  const EventKind* kind = ports_.registry.find_event(event.type, event.schema);
  if (kind == nullptr) return unknown_event_type(event.type, event.schema);
  Slot* home = cache_.find(event.stream);
  if (home == nullptr) {
    const EntityKind& entity = kind_of(event.stream);
    // The first event of a stream that is folded needs no look-up: there is nothing before it.
    const bool fresh = entity.policy == LoadPolicy::Fold && event.version == Version(1);
    home = fresh ? &cache_.add(event.stream, entity, nullptr, Version())
                 : TRY(load_slot(event.stream));
  }
  if (event.version != home->version.next()) {
    return fail(ErrorCode::Corrupt, "stream_has_a_gap",
                fmt::format("Stream {} has version {} behind {}; run `remit verify`.",
                            event.stream.to_string(), event.version.value, home->version.value));
  }
  before_change(*home);
  unqueue_timer(*home);
  home->version = event.version;
  home_ = home;
  Changes changes(*this);
  const EventContext context{event.stream, event.version, commit.first_position.plus(index),
                             commit.time, commit.causes.at(event.cause).client};
  auto done = kind->evolve(changes, event.payload, context);
  if (done) end_event(*home);
  return done;
}

}  // namespace remit::engine
