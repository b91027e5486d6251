#pragma once

#include "kit/base/result.h"
#include "kit/base/time.h"

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace remit::rails::open_banking_uk {

/// Something that is fetched from the bank when it is first needed and kept until it expires: metadata, keys, a token. Those
/// who ask while it is being fetched wait for the same answer. Thread safe.
template <class T>
class Fetched {
 public:
  struct Fresh {
    std::shared_ptr<const T> value;
    Timestamp expires_at;
  };
  using Callback = std::move_only_function<void(Result<std::shared_ptr<const T>>)>;
  using Fetch = std::function<void(std::move_only_function<void(Result<Fresh>)>)>;

  Fetched(Clock& clock, Fetch fetch) : clock_(clock), fetch_(std::move(fetch)) {}

  void get(Callback done) {
    std::unique_lock lock(mutex_);
    if (fresh_.value != nullptr && clock_.now() < fresh_.expires_at) {
      std::shared_ptr<const T> value = fresh_.value;
      lock.unlock();
      return done(std::move(value));
    }
    waiting_.push_back(std::move(done));
    if (waiting_.size() > 1) return;
    lock.unlock();
    fetch_([this](Result<Fresh> fetched) { finish(std::move(fetched)); });
  }

  /// The next one to ask has it fetched again. `stale` is what was found wanting: a newer one stays.
  void forget(const std::shared_ptr<const T>& stale) {
    const std::lock_guard lock(mutex_);
    if (fresh_.value == stale) fresh_ = {};
  }

 private:
  void finish(Result<Fresh> fetched) {
    std::vector<Callback> waiting;
    {
      const std::lock_guard lock(mutex_);
      if (fetched) fresh_ = *fetched;
      waiting.swap(waiting_);
    }
    for (Callback& done : waiting) {
      if (fetched) {
        done(fetched->value);
      } else {
        done(std::unexpected(fetched.error()));
      }
    }
  }

  Clock& clock_;
  const Fetch fetch_;
  std::mutex mutex_;
  Fresh fresh_;
  std::vector<Callback> waiting_;
};

}  // namespace remit::rails::open_banking_uk
