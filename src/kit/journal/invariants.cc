#include "kit/journal/invariants.h"

#include <fmt/format.h>

#include <deque>
#include <map>
#include <unordered_map>
#include <utility>

namespace remit::journal {
namespace {

class PositionsHaveNoGaps final : public Invariant {
 public:
  std::string_view name() const override { return "positions have no gaps"; }
  Violation look(const StoredCommit& stored) override {
    const Commit& commit = stored.commit;
    if (commit.sequence != sequence_.next()) {
      return fmt::format("commit {} stands behind commit {}", commit.sequence.value,
                         sequence_.value);
    }
    if (commit.first_position != position_.next()) {
      return fmt::format("commit {} begins at position {}, behind {}", commit.sequence.value,
                         commit.first_position.value, position_.value);
    }
    sequence_ = commit.sequence;
    position_ = position_.plus(commit.events.size());
    return std::nullopt;
  }
  std::string seen() const override {
    return fmt::format("{} commits, {} events", sequence_.value, position_.value);
  }

 private:
  Sequence sequence_;
  Position position_;
};

class VersionsHaveNoGaps final : public Invariant {
 public:
  std::string_view name() const override { return "versions have no gaps"; }
  Violation look(const StoredCommit& stored) override {
    for (const NewEvent& event : stored.commit.events) {
      Version& last = versions_[event.stream];
      if (event.version != last.next()) {
        return fmt::format("{} has version {} behind {}, in commit {}", event.stream.to_string(),
                           event.version.value, last.value, stored.commit.sequence.value);
      }
      last = event.version;
    }
    return std::nullopt;
  }
  std::string seen() const override { return fmt::format("{} streams", versions_.size()); }

 private:
  std::unordered_map<StreamId, Version> versions_;
};

class TimeNeverGoesBack final : public Invariant {
 public:
  std::string_view name() const override { return "time never goes back"; }
  Violation look(const StoredCommit& stored) override {
    if (stored.commit.time < last_) {
      return fmt::format("commit {} is of {}, the one before it of {}",
                         stored.commit.sequence.value, to_rfc3339(stored.commit.time),
                         to_rfc3339(last_));
    }
    last_ = stored.commit.time;
    return std::nullopt;
  }
  std::string seen() const override { return fmt::format("up to {}", to_rfc3339(last_)); }

 private:
  Timestamp last_;
};

class EpochsNeverFall final : public Invariant {
 public:
  std::string_view name() const override { return "epochs never fall"; }
  Violation look(const StoredCommit& stored) override {
    if (stored.epoch < last_) {
      return fmt::format("commit {} was appended by the writer of epoch {} after that of {}",
                         stored.commit.sequence.value, stored.epoch.value, last_.value);
    }
    last_ = stored.epoch;
    return std::nullopt;
  }
  std::string seen() const override { return fmt::format("up to epoch {}", last_.value); }

 private:
  Epoch last_;
};

class EventsHaveACause final : public Invariant {
 public:
  std::string_view name() const override { return "events have a cause"; }
  Violation look(const StoredCommit& stored) override {
    const Commit& commit = stored.commit;
    for (const NewEvent& event : commit.events) {
      const bool named =
          event.cause < commit.causes.size() && !commit.causes[event.cause].command.empty();
      if (!named) {
        return fmt::format("{} of {} in commit {} names no command", event.type,
                           event.stream.to_string(), commit.sequence.value);
      }
    }
    commands_ += commit.causes.size();
    return std::nullopt;
  }
  std::string seen() const override { return fmt::format("{} commands", commands_); }

 private:
  std::uint64_t commands_ = 0;
};

class KeysAreAnsweredOnce final : public Invariant {
 public:
  explicit KeysAreAnsweredOnce(Duration retention) : retention_(retention) {}
  std::string_view name() const override { return "keys are answered once"; }
  Violation look(const StoredCommit& stored) override {
    forget_before(stored.commit.time - retention_);
    for (const Receipt& receipt : stored.commit.receipts) {
      const auto [known, is_new] =
          sequences_.emplace(Key{receipt.client, receipt.key}, stored.commit.sequence);
      if (!is_new) {
        return fmt::format("the key '{}' of {} is answered in commit {} and again in commit {}",
                           receipt.key, receipt.client.to_string(), known->second.value,
                           stored.commit.sequence.value);
      }
      order_.emplace_back(receipt.time, known->first);
      ++receipts_;
    }
    return std::nullopt;
  }
  std::string seen() const override { return fmt::format("{} receipts", receipts_); }

 private:
  using Key = std::pair<ClientId, std::string>;

  void forget_before(Timestamp moment) {
    for (; !order_.empty() && order_.front().first < moment; order_.pop_front()) {
      sequences_.erase(order_.front().second);
    }
  }

  const Duration retention_;
  std::map<Key, Sequence> sequences_;
  std::deque<std::pair<Timestamp, Key>> order_;
  std::uint64_t receipts_ = 0;
};

}  // namespace

std::unique_ptr<Invariant> positions_have_no_gaps() {
  return std::make_unique<PositionsHaveNoGaps>();
}
std::unique_ptr<Invariant> versions_have_no_gaps() {
  return std::make_unique<VersionsHaveNoGaps>();
}
std::unique_ptr<Invariant> time_never_goes_back() {
  return std::make_unique<TimeNeverGoesBack>();
}
std::unique_ptr<Invariant> epochs_never_fall() {
  return std::make_unique<EpochsNeverFall>();
}
std::unique_ptr<Invariant> events_have_a_cause() {
  return std::make_unique<EventsHaveACause>();
}
std::unique_ptr<Invariant> keys_are_answered_once(Duration retention) {
  return std::make_unique<KeysAreAnsweredOnce>(retention);
}

}  // namespace remit::journal
