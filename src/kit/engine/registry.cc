#include "kit/engine/registry.h"

#include "kit/engine/timer.h"

#include <fmt/format.h>

#include <algorithm>

namespace remit::engine {
namespace {

std::string event_key(std::string_view name, std::uint32_t schema) {
  return fmt::format("{}/{}", name, schema);
}

}  // namespace

Registry::Registry() {
  entity<Timer>();
  event<TimerSet>();
  event<TimerCancelled>();
  event<TimerFired>();
}

void Registry::add(EntityKind kind) {
  CHECK(!kind.prefix.empty() && kind.prefix.size() <= TypeId::kPrefixMax, "prefix '{}'",
        kind.prefix);
  std::string key = kind.prefix;
  const auto [at, added] = entities_.emplace(std::move(key), std::move(kind));
  CHECK(added, "entity {} is registered twice", at->first);
}

void Registry::add(EventKind kind) {
  CHECK(!kind.name.empty() && kind.schema > 0, "event '{}' schema {}", kind.name, kind.schema);
  std::string key = event_key(kind.name, kind.schema);
  const auto [at, added] = events_.emplace(std::move(key), std::move(kind));
  CHECK(added, "event {} is registered twice", at->first);
}

void Registry::add(CommandKind kind) {
  CHECK(!kind.name.empty(), "a command without a name");
  std::string key = kind.name;
  const auto [at, added] = commands_.emplace(std::move(key), std::move(kind));
  CHECK(added, "command {} is registered twice", at->first);
}

const EntityKind* Registry::find_entity(std::string_view prefix) const {
  const auto found = entities_.find(prefix);
  return found == entities_.end() ? nullptr : &found->second;
}

const EventKind* Registry::find_event(std::string_view name, std::uint32_t schema) const {
  const auto found = events_.find(event_key(name, schema));
  return found == events_.end() ? nullptr : &found->second;
}

const CommandKind* Registry::find_command(std::string_view name) const {
  const auto found = commands_.find(name);
  return found == commands_.end() ? nullptr : &found->second;
}

std::vector<const EntityKind*> Registry::entities() const {
  std::vector<const EntityKind*> kinds;
  for (const auto& [prefix, kind] : entities_) kinds.push_back(&kind);
  std::ranges::sort(kinds, {}, [](const EntityKind* kind) { return kind->prefix; });
  return kinds;
}

}  // namespace remit::engine
