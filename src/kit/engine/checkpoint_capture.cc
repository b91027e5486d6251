#include "kit/engine/checkpoint_capture.h"

#include "kit/base/check.h"
#include "kit/base/planted.h"
#include "kit/engine/timer.h"

#include <utility>

namespace remit::engine {
namespace {

/// One in so many encodings is decoded again: a state that does not survive that would be lost at the next start.
constexpr std::size_t kDecodeEvery = 64;

}  // namespace

bool CheckpointCapture::holds(const EntityKind& kind) const {
  return kind.policy == LoadPolicy::Snapshot || &kind == timers_;
}

void CheckpointCapture::before_change(Slot& slot) {
  if (slot.generation == generation_) return;
  const bool captured = open_ && slot.generation == generation_ - 1;
  if (captured && !planted(Bug::CheckpointOffByOne)) encode(slot);
  slot.generation = generation_;
  dirty_.push_back(&slot);
}

void CheckpointCapture::begin() {
  CHECK(!open_ && capturing_.empty() && encoded_.empty(), "a checkpoint within a checkpoint");
  capturing_.swap(dirty_);
  encoded_.reserve(capturing_.size());
  next_ = 0;
  ++generation_;
  open_ = true;
}

bool CheckpointCapture::encode_slice(std::size_t count_max) {
  CHECK(open_, "no checkpoint is open");
  for (; count_max > 0 && next_ < capturing_.size(); --count_max, ++next_) {
    encode(*capturing_[next_]);
  }
  return next_ == capturing_.size();
}

void CheckpointCapture::encode(Slot& slot) {
  const std::uint64_t mine = generation_ - 1;
  if (slot.captured == mine) return;
  slot.captured = mine;
  const bool kept =
      slot.state && (slot.kind != timers_ || static_cast<const Timer*>(slot.state.get())->due);
  if (!kept) {
    if (slot.version == Version() && !slot.state) return;
    encoded_.push_back({slot.id, slot.version, std::nullopt});
    return;
  }
  Bytes bytes;
  slot.kind->encode(slot.state.get(), bytes);
  if (encoded_.size() % kDecodeEvery == 0) {
    const auto decoded = slot.kind->decode(bytes);
    CHECK(decoded, "{} cannot be decoded: {}", slot.id.to_string(), decoded.error().describe());
    Bytes again;
    slot.kind->encode(decoded->get(), again);
    CHECK(again == bytes, "{} does not survive its own encoding", slot.id.to_string());
  }
  encoded_.push_back({slot.id, slot.version, std::move(bytes)});
}

std::vector<StoredEntity> CheckpointCapture::take() {
  CHECK(open_ && next_ == capturing_.size(), "{} entities are not encoded yet",
        capturing_.size() - next_);
  return std::exchange(encoded_, {});
}

void CheckpointCapture::close() {
  capturing_.clear();
  open_ = false;
}

}  // namespace remit::engine
