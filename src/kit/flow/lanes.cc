#include "kit/flow/lanes.h"

#include "kit/base/check.h"
#include "kit/base/planted.h"

namespace remit::flow {

void Lanes::load(const FlowState& state, Cursor through) {
  CHECK(keys_.empty(), "lanes are loaded once, before the first record");
  loaded_through_ = through;
  if (planted(Bug::TroubleForgotten)) return;
  for (const auto& [text, lane] : state.lanes) {
    const std::optional<TypeId> key = TypeId::parse(text);
    CHECK(key.has_value(), "a journalled key does not parse: {}", text);
    keys_[*key].trouble =
        Trouble{.head = lane.head,
                .announced_at = lane.status == LaneStatus::Due ? lane.announced_at : Cursor(),
                .waiting = {lane.waiting.begin(), lane.waiting.end()}};
    ++in_trouble_;
  }
}

Lanes::Verdict Lanes::admit(const Record& record) {
  Key& key = keys_[record.key];
  if (key.trouble && !planted(Bug::TroubleOvertaken)) {
    const bool known =
        record.cursor <= key.trouble->head || key.trouble->waiting.contains(record.cursor);
    if (known) return Verdict::Skip;
    key.trouble->waiting.insert(record.cursor);
    return Verdict::Park;
  }
  if (key.under_way) {
    key.queued.push_back(record);
    ++queued_;
    return Verdict::Queue;
  }
  key.under_way = true;
  ++under_way_;
  return Verdict::Run;
}

Lanes::Due Lanes::due(const TypeId& id, Cursor head, Cursor at) {
  Key& key = keys_[id];
  if (at <= loaded_through_) {
    // The loaded state is newer than this event: it counts only if it is still the last word on the key.
    const bool current = key.trouble && key.trouble->announced_at == at;
    if (!current) {
      forget_if_idle(id);
      return Due::Skip;
    }
  }
  if (!key.trouble) {
    key.trouble = Trouble{};
    ++in_trouble_;
  }
  key.trouble->head = head;
  key.trouble->waiting.erase(head);
  // A dead letter of a key that goes on without it may be redriven while a later record is under way.
  if (key.under_way) return Due::Defer;
  key.under_way = true;
  ++under_way_;
  return Due::Run;
}

void Lanes::cleared(const TypeId& id, Cursor at) {
  if (at <= loaded_through_) return;
  const auto found = keys_.find(id);
  if (found == keys_.end() || !found->second.trouble) return;
  // A record that was sent to be parked while the key was cleared is announced as due by itself; until then the key stays
  // in trouble, so that nothing overtakes it.
  if (!found->second.trouble->waiting.empty()) return;
  found->second.trouble.reset();
  --in_trouble_;
  forget_if_idle(id);
}

std::optional<Record> Lanes::finished(const TypeId& id) {
  Key& key = keys_.at(id);
  CHECK(key.under_way, "{} has no record under way", id.to_string());
  if (!key.queued.empty()) {
    if (planted(Bug::KeyOrderLost)) std::swap(key.queued.front(), key.queued.back());
    Record next = std::move(key.queued.front());
    key.queued.pop_front();
    --queued_;
    return next;
  }
  key.under_way = false;
  if (!planted(Bug::InFlightNeverEnds)) --under_way_;
  forget_if_idle(id);
  return std::nullopt;
}

std::vector<Record> Lanes::failed(const TypeId& id, Cursor head) {
  Key& key = keys_.at(id);
  CHECK(key.under_way, "{} has no record under way", id.to_string());
  key.under_way = false;
  --under_way_;
  if (!key.trouble) {
    key.trouble = Trouble{.head = head, .announced_at = {}, .waiting = {}};
    ++in_trouble_;
  } else if (key.trouble->head != head) {
    key.trouble->waiting.insert(head);
  }
  std::vector<Record> behind(std::make_move_iterator(key.queued.begin()),
                             std::make_move_iterator(key.queued.end()));
  queued_ -= behind.size();
  key.queued.clear();
  for (const Record& record : behind) key.trouble->waiting.insert(record.cursor);
  return behind;
}

bool Lanes::is_under_way(const TypeId& id) const {
  const auto found = keys_.find(id);
  return found != keys_.end() && found->second.under_way;
}

void Lanes::forget_if_idle(const TypeId& id) {
  const auto found = keys_.find(id);
  if (found == keys_.end()) return;
  const Key& key = found->second;
  if (!key.under_way && key.queued.empty() && !key.trouble) keys_.erase(found);
}

}  // namespace remit::flow
