#include "kit/engine/undo_log.h"

#include "kit/base/check.h"

namespace remit::engine {

void UndoLog::begin() {
  CHECK(!open_ && saved_.empty(), "a command within a command");
  ++command_;
  open_ = true;
}

void UndoLog::save(Slot& slot) {
  if (!open_ || slot.saved_for == command_) return;
  slot.saved_for = command_;
  saved_.push_back({&slot, copy_of(slot), slot.version});
}

void UndoLog::keep() {
  CHECK(open_, "no command is open");
  for (Saved& saved : saved_) {
    if (saved.state) recycle(*saved.slot->kind, std::move(saved.state));
  }
  saved_.clear();
  open_ = false;
}

std::shared_ptr<void> UndoLog::copy_of(const Slot& slot) {
  if (!slot.state) return nullptr;
  auto& spares = spares_[slot.kind];
  if (spares.empty()) return slot.kind->copy(slot.state.get());
  std::shared_ptr<void> state = std::move(spares.back());
  spares.pop_back();
  slot.kind->assign(state.get(), slot.state.get());
  return state;
}

void UndoLog::put_back(Saved& saved) {
  std::swap(saved.slot->state, saved.state);
  saved.slot->version = saved.version;
  saved.slot->saved_for = 0;
  if (saved.state) recycle(*saved.slot->kind, std::move(saved.state));
}

void UndoLog::recycle(const EntityKind& kind, std::shared_ptr<void> state) {
  auto& spares = spares_[&kind];
  if (spares.size() < kSparesPerKindMax) spares.push_back(std::move(state));
}

}  // namespace remit::engine
