#pragma once

#include "kit/base/codec/codec.h"
#include "kit/base/codec/json.h"
#include "kit/engine/command.h"
#include "kit/engine/entity.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace remit::engine {

/// What the engine needs to know of a kind of state, without its type.
struct EntityKind {
  std::string prefix;
  LoadPolicy policy;
  std::shared_ptr<void> (*make)();
  std::shared_ptr<void> (*copy)(const void* entity);
  void (*assign)(void* to, const void* from);
  void (*encode)(const void* entity, Bytes& out);
  Result<std::shared_ptr<void>> (*decode)(ByteView bytes);
  std::string (*to_json)(const void* entity);
};

/// What the engine needs to know of a kind of event. `apply` takes the event as `decide` emitted it, `evolve` its bytes.
struct EventKind {
  std::string name;
  std::uint32_t schema;
  void (*apply)(Changes&, const void* event, const EventContext&);
  Result<void> (*evolve)(Changes&, ByteView payload, const EventContext&);
  Result<std::string> (*to_json)(ByteView payload);
};

/// What the engine needs to know of a kind of command. `command` points to a C.
struct CommandKind {
  std::string name;
  void (*touches)(const void* command, Touches&);
  Result<Bytes> (*decide)(View&, const void* command);
  Result<std::shared_ptr<const void>> (*decode)(ByteView payload);
};

/// All kinds that an engine knows. Each owner's folder has one function that registers its own; the order is of no
/// consequence, a name registered twice is a bug.
class Registry {
 public:
  /// Knows the engine's own kinds: timers.
  Registry();

  template <Entity E>
  void entity() {
    add(EntityKind{
        std::string(E::kPrefix), E::kLoadPolicy,
        []() -> std::shared_ptr<void> { return std::make_shared<E>(); },
        [](const void* e) -> std::shared_ptr<void> {
          return std::make_shared<E>(*static_cast<const E*>(e));
        },
        [](void* to, const void* from) { *static_cast<E*>(to) = *static_cast<const E*>(from); },
        [](const void* e, Bytes& out) { codec::encode_to(*static_cast<const E*>(e), out); },
        [](ByteView bytes) -> Result<std::shared_ptr<void>> {
          return std::make_shared<E>(TRY(codec::decode<E>(bytes)));
        },
        [](const void* e) { return codec::to_json(*static_cast<const E*>(e)); }});
  }

  /// Expects `void evolve(Changes&, const V&, const EventContext&)` in V's namespace.
  template <DomainEvent V>
  void event() {
    add(EventKind{
        std::string(V::kType.name), V::kType.schema,
        [](Changes& changes, const void* v, const EventContext& context) {
          evolve(changes, *static_cast<const V*>(v), context);
        },
        [](Changes& changes, ByteView payload, const EventContext& context) -> Result<void> {
          const V decoded = TRY(codec::decode<V>(payload));
          evolve(changes, decoded, context);
          return {};
        },
        [](ByteView payload) -> Result<std::string> {
          return codec::to_json(TRY(codec::decode<V>(payload)));
        }});
  }

  template <Command C>
  void command() {
    add(CommandKind{std::string(C::kName),
                    [](const void* c, Touches& ids) {
                      if constexpr (requires { touches(*static_cast<const C*>(c), ids); }) {
                        touches(*static_cast<const C*>(c), ids);
                      }
                    },
                    [](View& view, const void* c) -> Result<Bytes> {
                      return codec::encode(TRY(decide(view, *static_cast<const C*>(c))));
                    },
                    [](ByteView payload) -> Result<std::shared_ptr<const void>> {
                      return std::make_shared<const C>(TRY(codec::decode<C>(payload)));
                    }});
  }

  const EntityKind* find_entity(std::string_view prefix) const;
  const EventKind* find_event(std::string_view name, std::uint32_t schema) const;
  const CommandKind* find_command(std::string_view name) const;
  /// All kinds of entity, in prefix order.
  std::vector<const EntityKind*> entities() const;

 private:
  void add(EntityKind kind);
  void add(EventKind kind);
  void add(CommandKind kind);

  struct TransparentHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>()(text);
    }
  };
  template <class Kind>
  using Table = std::unordered_map<std::string, Kind, TransparentHash, std::equal_to<>>;
  Table<EntityKind> entities_;
  Table<EventKind> events_;  ///< Keyed "name/schema".
  Table<CommandKind> commands_;
};

}  // namespace remit::engine
