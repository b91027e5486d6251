#include "kit/engine/invariants.h"

#include "kit/engine/timer.h"

#include <gtest/gtest.h>

namespace remit::engine {
namespace {

using journal::Violation;
using std::chrono::hours;
using std::chrono::seconds;

constexpr Timestamp kStart{seconds(1'787'218'200)};
const TimerKey kKey{TypeId("pay", {1}), "expire"};

/// One commit an hour after the last, with one event of the timer.
class Timers {
 public:
  template <class V>
  Violation commit(const V& event) {
    time_ += hours(1);
    journal::StoredCommit stored;
    stored.commit.sequence = sequence_ = sequence_.next();
    stored.commit.time = time_;
    stored.commit.events.push_back({.stream = timer_stream(kKey),
                                    .version = Version(sequence_.value),
                                    .type = std::string(V::kType.name),
                                    .payload = codec::encode(event)});
    return invariant_->look(stored);
  }
  Violation set(Duration in) {
    return commit(TimerSet{.owner = kKey.owner, .label = kKey.label, .due = time_ + hours(1) + in});
  }
  Violation fired() { return commit(TimerFired{kKey.owner, kKey.label, {}}); }
  Violation cancelled() { return commit(TimerCancelled{kKey.owner, kKey.label}); }
  std::string seen() const { return invariant_->seen(); }

 private:
  std::unique_ptr<journal::Invariant> invariant_ = timers_end_once();
  Timestamp time_ = kStart;
  journal::Sequence sequence_;
};

TEST(TimersEndOnce, one_that_is_set_anew_and_fires_is_right) {
  Timers timers;
  EXPECT_EQ(timers.set(hours(1)), Violation());
  EXPECT_EQ(timers.set(hours(1)), Violation());
  EXPECT_EQ(timers.fired(), Violation());
  EXPECT_EQ(timers.set(hours(1)), Violation());
  EXPECT_EQ(timers.cancelled(), Violation());
  EXPECT_EQ(timers.seen(), "3 set, 0 waiting");
}

TEST(TimersEndOnce, one_that_fires_twice_is_found) {
  Timers timers;
  timers.set(hours(1));
  timers.fired();
  EXPECT_EQ(timers.fired(),
            "timer.fired of " + timer_stream(kKey).to_string() + " in commit 3: it did not wait");
}

TEST(TimersEndOnce, one_that_fires_after_it_was_cancelled_is_found) {
  Timers timers;
  timers.set(hours(1));
  timers.cancelled();
  EXPECT_NE(timers.fired(), Violation());
  EXPECT_NE(timers.cancelled(), Violation());
}

TEST(TimersEndOnce, one_that_fires_too_early_is_found) {
  Timers timers;
  timers.set(hours(2));
  EXPECT_EQ(timers.fired(), "timer.fired of " + timer_stream(kKey).to_string() +
                                " in commit 2: it is due at " + to_rfc3339(kStart + hours(3)));
}

}  // namespace
}  // namespace remit::engine
