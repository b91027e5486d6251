#pragma once

#include "kit/base/bytes.h"
#include "kit/base/codec/codec.h"
#include "kit/base/hash.h"
#include "kit/base/result.h"
#include "kit/base/type_id.h"
#include "kit/engine/entity.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace remit::engine {

/// What somebody wants: a described struct with `static constexpr std::string_view kName` ("payment.create") and a
/// described type `Answer` (what the caller hears). In its namespace are
///   `Result<C::Answer> decide(View& view, const C& command);`  pure; a failure is a business refusal and emits nothing
///   `void touches(const C& command, Touches& touches);`         which entities the rules will ask for (optional)
template <class C>
concept Command = std::copyable<C> && requires {
  { C::kName } -> std::convertible_to<std::string_view>;
  typename C::Answer;
};

/// The name and encoding of any command: what timers store and what routing carries.
struct EncodedCommand {
  std::string name;
  Bytes payload;
  bool operator==(const EncodedCommand&) const = default;
};

template <Command C>
EncodedCommand encode_command(const C& command) {
  return {std::string(C::kName), codec::encode(command)};
}

/// The ids that a command names before it is decided, so that they are loaded together.
class Touches {
 public:
  void add(const TypeId& id) { ids_.push_back(id); }
  const std::vector<TypeId>& ids() const { return ids_; }
  void clear() { ids_.clear(); }

 private:
  std::vector<TypeId> ids_;
};

/// Makes a retry safe. Same key and same request: the same answer. Other request: Conflict `idempotency_key_reused`.
struct Idempotency {
  std::string key;    ///< 1 to 255 bytes.
  Hash256 request{};  ///< Keyed hash of what was asked.
};

/// Who asks, on whose behalf, and within which trace.
struct CommandContext {
  TypeId
      command;  ///< Prefix "cmd"; made by the edge. Ids of what the command creates come inside the command.
  TypeId correlation;  ///< Empty: the command's own id.
  ClientId client;     ///< Empty for the system.
  journal::TraceContext trace;
  std::optional<Idempotency> idempotency;
  std::string actor;  ///< See journal::Cause. Timers and flows say so by themselves.
};

/// What the caller of a command hears once it is durable.
struct Answered {
  Bytes body;             ///< codec::encode of C::Answer.
  Position position;      ///< The partition's last position then; what `Remit-Min-Position` says.
  bool replayed = false;  ///< From a receipt.
};

/// Success, or a business refusal (durable with the receipt when there is a key), or Unavailable (nothing happened), or
/// Fenced, or OutcomeUnknown (it may yet turn out durable: retry with the same key).
using CommandCallback = std::move_only_function<void(Result<Answered>)>;

/// Names one clock of one entity. Setting it again replaces what it was set to.
struct TimerKey {
  TypeId owner;       ///< The entity whose clock it is.
  std::string label;  ///< "expire", "poll"; at most 32 bytes.
  bool operator==(const TimerKey&) const = default;
};

/// What `decide` sees and says: the states as left by all commands before it, and the events that it adds. An emitted event
/// changes the states at once, through `evolve`. If `decide` ends in a failure all that is undone.
class View {
 public:
  virtual ~View() = default;

  template <Entity E>
  const E* find(const TypeId& id) {
    CHECK(id.prefix() == E::kPrefix, "{} is not the id of a {}", id.to_string(), E::kPrefix);
    return static_cast<const E*>(access().find(id));
  }
  template <Entity E>
  const E& get(const TypeId& id) {
    const E* entity = find<E>(id);
    CHECK(entity != nullptr, "{} does not exist", id.to_string());
    return *entity;
  }
  template <DomainEvent V>
  void emit(const StreamId& stream, const V& event) {
    emit_erased(stream, V::kType, &event, [](const void* raw, Bytes& out) {
      codec::encode_to(*static_cast<const V*>(raw), out);
    });
  }

  /// The moment of the commit: max(clock, last time), stamped by the engine. The same for all commands of one batch.
  virtual Timestamp now() const = 0;
  virtual const CommandContext& context() const = 0;

  /// Issues the command when journal time reaches `due`, once, with a derived command id, on behalf of this client.
  virtual void set_timer(const TimerKey& key, Timestamp due, EncodedCommand command) = 0;
  virtual void cancel_timer(const TimerKey& key) = 0;

 protected:
  using EncodeErased = void (*)(const void* event, Bytes& out);
  virtual EntityAccess& access() = 0;
  virtual void emit_erased(const StreamId& stream, EventType type, const void* event,
                           EncodeErased encode) = 0;
};

}  // namespace remit::engine
