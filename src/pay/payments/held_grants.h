#pragma once

#include "kit/base/type_id.h"
#include "rails/rail.h"

#include <cstddef>
#include <map>
#include <mutex>
#include <optional>

namespace remit::payments {

/// What banks granted for codes and refresh tokens that they take once, by payment, until it is journalled: a key or a disk
/// that fails in between must not have the same sent again, which the bank would refuse. In memory alone, since tokens are
/// written nowhere unsealed, so a process that ends in between loses them. Thread safe.
class HeldGrants {
 public:
  /// Of more payments than `most` the oldest lose theirs: those that nobody came back for.
  explicit HeldGrants(std::size_t most) : most_(most) {}

  void hold(const TypeId& payment, const rails::Authorisation& granted);
  std::optional<rails::Authorisation> find(const TypeId& payment) const;
  void forget(const TypeId& payment);

 private:
  const std::size_t most_;
  mutable std::mutex mutex_;
  std::map<TypeId, rails::Authorisation> granted_;  ///< Ids are in the order of their times.
};

}  // namespace remit::payments
