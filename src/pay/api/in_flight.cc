#include "pay/api/in_flight.h"

#include <mutex>
#include <unordered_map>

namespace remit::api {

struct InFlight::Slot::Counts {
  std::mutex mutex;
  /// Only names with something under way: as many as there are connections at most.
  std::unordered_map<std::string, std::uint32_t> of;
  std::uint64_t refused = 0;
};

InFlight::Slot::Slot(std::shared_ptr<Counts> counts, std::string name)
    : counts_(std::move(counts)), name_(std::move(name)) {}

InFlight::Slot::~Slot() {
  if (!counts_) return;
  const std::lock_guard lock(counts_->mutex);
  const auto found = counts_->of.find(name_);
  if (--found->second == 0) counts_->of.erase(found);
}

InFlight::InFlight() : counts_(std::make_shared<Slot::Counts>()) {}

std::optional<InFlight::Slot> InFlight::take(std::string_view name, std::uint32_t most) {
  if (most == 0) return Slot(nullptr, {});
  std::string owned(name);
  const std::lock_guard lock(counts_->mutex);
  std::uint32_t& now = counts_->of[owned];
  if (now >= most) {
    ++counts_->refused;
    return std::nullopt;
  }
  ++now;
  return Slot(counts_, std::move(owned));
}

std::uint64_t InFlight::refused_total() const {
  const std::lock_guard lock(counts_->mutex);
  return counts_->refused;
}

}  // namespace remit::api
