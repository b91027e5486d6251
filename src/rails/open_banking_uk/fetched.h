#pragma once

#include "kit/base/result.h"
#include "kit/base/time.h"

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace remit::rails::open_banking_uk {

/// Those that may wait for one fetch.
inline constexpr std::size_t kWaitingMax = 10'000;

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
    wait_for_fetch(std::move(lock), std::move(done));
  }

  /// Fetches it again although it has not expired. What is known stays until the new one is there.
  void refresh(Callback done) { wait_for_fetch(std::unique_lock(mutex_), std::move(done)); }

  /// The next one to ask has it fetched again. `stale` is what was found wanting: a newer one stays.
  void forget(const std::shared_ptr<const T>& stale) {
    const std::lock_guard lock(mutex_);
    if (fresh_.value == stale) fresh_ = {};
  }

 private:
  void wait_for_fetch(std::unique_lock<std::mutex> lock, Callback done) {
    if (waiting_.size() >= kWaitingMax) {
      lock.unlock();
      return done(fail(ErrorCode::Unavailable, "bank_slow",
                       "Too many wait for what the bank has not answered yet; try again."));
    }
    waiting_.push_back(std::move(done));
    if (waiting_.size() > 1) return;
    lock.unlock();
    fetch_([this](Result<Fresh> fetched) { finish(std::move(fetched)); });
  }

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
