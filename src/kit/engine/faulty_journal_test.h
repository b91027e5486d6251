#pragma once

#include "kit/journal/journal.h"

#include <deque>
#include <set>
#include <utility>

namespace remit::engine {

/// A journal in front of another one whose appends end when and as the test says: held back, refused, or unknown both ways.
/// After one that did not end well all later ones are refused until the next acquire, as the port promises.
class FaultyJournal final : public journal::Journal {
 public:
  enum class Fate : std::uint8_t { Pass, Refuse, UnknownWritten, UnknownLost };

  explicit FaultyJournal(journal::Journal& real) : real_(real) {}

  /// The fates of the next appends that are let through; Pass when there are none left.
  void expect(std::initializer_list<Fate> fates) { fates_.assign(fates); }
  void hold() { holding_ = true; }
  /// Lets everything through that was held, and all that follows.
  void release() {
    holding_ = false;
    while (!held_.empty()) release_one();
  }
  void release_one() {
    Held held = std::move(held_.front());
    held_.pop_front();
    let_through(std::move(held));
  }
  std::size_t held() const { return held_.size(); }
  /// While set every call but `append` fails with it.
  void set_broken(std::optional<Error> error) { broken_ = std::move(error); }
  /// A crash of the writer: what is held never arrives.
  void forget_held() { held_.clear(); }
  /// While a stream is named here it alone cannot be read, as where the disk gives one page no more.
  void set_unreadable(std::set<StreamId> streams) { unreadable_ = std::move(streams); }
  std::size_t stream_reads() const { return stream_reads_; }
  std::size_t failed_stream_reads() const { return failed_stream_reads_; }

  Result<journal::Head> acquire(journal::PartitionId partition) override {
    if (broken_) return std::unexpected(*broken_);
    out_of_order_ = false;
    return real_.acquire(partition);
  }
  void append(journal::PartitionId partition, journal::Epoch epoch, journal::Commit commit,
              AppendCallback done) override {
    Held held{partition, epoch, std::move(commit), std::move(done)};
    if (holding_) {
      held_.push_back(std::move(held));
    } else {
      let_through(std::move(held));
    }
  }
  Result<journal::Head> head(journal::PartitionId partition) override {
    if (broken_) return std::unexpected(*broken_);
    return real_.head(partition);
  }
  Result<std::vector<journal::StoredCommit>> read_commits(journal::PartitionId partition,
                                                          journal::Sequence from,
                                                          journal::ReadLimits limits) override {
    if (broken_) return std::unexpected(*broken_);
    return real_.read_commits(partition, from, limits);
  }
  Result<std::vector<journal::Event>> read(journal::PartitionId partition, journal::Position from,
                                           journal::ReadLimits limits) override {
    if (broken_) return std::unexpected(*broken_);
    return real_.read(partition, from, limits);
  }
  Result<std::vector<journal::Event>> read_stream(journal::PartitionId partition,
                                                  const StreamId& stream, journal::Version from,
                                                  journal::ReadLimits limits) override {
    if (broken_) return std::unexpected(*broken_);
    if (unreadable_.contains(stream)) {
      ++failed_stream_reads_;
      return fail(ErrorCode::Corrupt, "page_unreadable", "The test damages a page.");
    }
    ++stream_reads_;
    return real_.read_stream(partition, stream, from, limits);
  }
  Result<std::optional<journal::Receipt>> find_receipt(journal::PartitionId partition,
                                                       const ClientId& client, std::string_view key,
                                                       Timestamp not_before) override {
    if (broken_) return std::unexpected(*broken_);
    return real_.find_receipt(partition, client, key, not_before);
  }
  Result<void> catch_up_indexes(journal::PartitionId partition) override {
    return real_.catch_up_indexes(partition);
  }
  void on_durable(
      std::function<void(journal::PartitionId, const journal::Head&)> listener) override {
    real_.on_durable(std::move(listener));
  }

 private:
  struct Held {
    journal::PartitionId partition;
    journal::Epoch epoch;
    journal::Commit commit;
    AppendCallback done;
  };

  void let_through(Held held) {
    if (out_of_order_) {
      held.done(journal::AppendRefused{
          {ErrorCode::Unavailable, "append_out_of_order", "An earlier append failed.", {}, {}}});
      return;
    }
    const Fate fate = fates_.empty() ? Fate::Pass : fates_.front();
    if (!fates_.empty()) fates_.pop_front();
    const Error error{ErrorCode::Unavailable, "disk_full", "The test fills the disk.", {}, {}};
    if (fate == Fate::Pass) {
      real_.append(held.partition, held.epoch, std::move(held.commit), std::move(held.done));
      return;
    }
    out_of_order_ = true;
    if (fate == Fate::UnknownWritten) {
      real_.append(held.partition, held.epoch, std::move(held.commit),
                   [](const journal::AppendOutcome&) {});
    }
    if (fate == Fate::Refuse) {
      held.done(journal::AppendRefused{error});
    } else {
      held.done(journal::AppendUnknown{error});
    }
  }

  journal::Journal& real_;
  std::deque<Fate> fates_;
  std::deque<Held> held_;
  std::optional<Error> broken_;
  std::set<StreamId> unreadable_;
  std::size_t stream_reads_ = 0;
  std::size_t failed_stream_reads_ = 0;
  bool holding_ = false;
  bool out_of_order_ = false;
};

}  // namespace remit::engine
