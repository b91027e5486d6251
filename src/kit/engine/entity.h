#pragma once

#include "kit/base/check.h"
#include "kit/base/result.h"
#include "kit/base/time.h"
#include "kit/base/type_id.h"
#include "kit/journal/journal.h"

#include <concepts>
#include <string_view>

namespace remit::engine {

using journal::Position;
using journal::Version;

/// How an entity that is not in memory is loaded.
enum class LoadPolicy : std::uint8_t {
  /// From its last checkpoint. For entities that events of other streams change, such as ledger accounts.
  Snapshot = 1,
  /// By folding its own stream. For entities that only the events of their own stream change, such as payments and
  /// transfers. While one is folded alone, `Changes` gives out scratch states for every other entity, made by default and
  /// thrown away; so an `evolve` that changes several entities must not CHECK one against another.
  Fold = 2,
};

/// A state: a described, copyable struct with `static constexpr std::string_view kPrefix` (its ids' TypeID prefix) and
/// `static constexpr LoadPolicy kLoadPolicy`.
template <class E>
concept Entity = std::copyable<E> && std::default_initializable<E> && requires {
  { E::kPrefix } -> std::convertible_to<std::string_view>;
  { E::kLoadPolicy } -> std::convertible_to<LoadPolicy>;
};

/// The name under which an event is stored, for ever, and the number of its layout.
struct EventType {
  std::string_view name;  ///< "payment.created"
  std::uint32_t schema = 1;
};

/// What happened: a described struct with `static constexpr EventType kType`. Fields are only added, at the end.
template <class V>
concept DomainEvent = std::copyable<V> && requires {
  { V::kType } -> std::convertible_to<EventType>;
};

/// What `evolve` may know beside the event and the state.
struct EventContext {
  StreamId stream;
  Version version;
  Position position;
  Timestamp time;
  ClientId client;  ///< On whose behalf it happened; empty for the system.
};

/// Thrown by a load that fails where no Result can pass, under `decide` or `evolve`; whoever called those catches it. The rules
/// never see it, and what they did until then is undone.
struct LoadFailed {
  Error error;
};

/// Type-erased access to the entities of one partition; implemented by the engine, used through Changes and View. What cannot
/// be loaded at the moment is thrown as LoadFailed: a state made by default in its place would be a lie that rules act upon.
class EntityAccess {
 public:
  virtual ~EntityAccess() = default;
  /// The state, loaded if need be; nullptr when no event ever made it. Valid until that entity changes next.
  virtual const void* find(const TypeId& id) = 0;
  /// The state to change, made by default if it does not exist. Remembered for undo until the command is decided.
  virtual void* change(const TypeId& id) = 0;
};

/// What `evolve` changes. Deterministic: the same events in the same order always give the same states.
class Changes {
 public:
  explicit Changes(EntityAccess& access) : access_(&access) {}

  template <Entity E>
  const E* find(const TypeId& id) const {
    CHECK(id.prefix() == E::kPrefix, "{} is not the id of a {}", id.to_string(), E::kPrefix);
    return static_cast<const E*>(access_->find(id));
  }
  template <Entity E>
  E& change(const TypeId& id) const {
    CHECK(id.prefix() == E::kPrefix, "{} is not the id of a {}", id.to_string(), E::kPrefix);
    return *static_cast<E*>(access_->change(id));
  }

 private:
  EntityAccess* access_;
};

}  // namespace remit::engine
