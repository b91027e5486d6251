#include "app/key_follower.h"

#include "kit/engine/engines.h"

#include <algorithm>

namespace remit::app {
namespace {

constexpr auto kAgainAfter = std::chrono::milliseconds(500);

}  // namespace

struct KeyFollower::Shared {
  std::mutex mutex;
  KeyFollower* owner;
};

KeyFollower::KeyFollower(clients::KeyTable& table, journal::Journal& journal, Host& host,
                         const service::Logger& log)
    : table_(table),
      journal_(journal),
      host_(host),
      log_(log),
      shared_(std::make_shared<Shared>()) {
  shared_->owner = this;
}

KeyFollower::~KeyFollower() {
  const std::lock_guard lock(shared_->mutex);
  shared_->owner = nullptr;
}

bool KeyFollower::step() {
  std::vector<std::move_only_function<void()>> waiting;
  {
    const std::lock_guard lock(mutex_);
    waiting.swap(waiting_);
  }
  const Result<void> read = table_.catch_up(journal_, engine::Engines::kSystem);
  if (!read) log_.error("API keys cannot be read.", {service::field(read.error())});
  // A disk error passes, or the process ends; too many keys stay too many.
  if (!read && (read.error().transient() || read.error().code == ErrorCode::OutcomeUnknown)) {
    host_.timers().after(kAgainAfter, [shared = shared_] {
      const std::lock_guard lock(shared->mutex);
      if (shared->owner != nullptr) shared->owner->host_.wake(*shared->owner);
    });
    const std::lock_guard lock(mutex_);
    std::ranges::move(waiting, std::back_inserter(waiting_));
    return false;
  }
  for (auto& then : waiting) then();
  return false;
}

void KeyFollower::catch_up(std::move_only_function<void()> then) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(then));
  }
  host_.wake(*this);
}

}  // namespace remit::app
