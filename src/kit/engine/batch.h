#pragma once

#include "kit/engine/command.h"
#include "kit/journal/journal.h"

#include <functional>
#include <vector>

namespace remit::engine {

using QueryCallback = std::move_only_function<void(Result<Position>)>;

/// Somebody who hears once the commit is durable: the caller of a command with its answer, or of a query.
struct Waiting {
  CommandCallback command;  ///< Empty for a query.
  QueryCallback query;
  Result<Answered> answer;

  void succeed();
  void refuse(const Error& error);
};

/// One commit while it is made, and who waits for it.
class Batch {
 public:
  Batch(journal::Sequence sequence, Position first, Timestamp time);

  /// How much there is, to come back to when a command is refused.
  struct Mark {
    std::size_t events = 0;
    std::size_t causes = 0;
    std::size_t bytes = 0;
  };
  Mark mark() const { return {commit_.events.size(), commit_.causes.size(), bytes_}; }
  void rewind(const Mark& mark);

  void add_event(journal::NewEvent event);
  /// The index of a new cause.
  std::uint32_t add_cause(journal::Cause cause);
  void add_receipt(journal::Receipt receipt);
  void add_waiting(Waiting waiting) { waiting_.push_back(std::move(waiting)); }

  bool empty() const { return commit_.events.empty() && commit_.receipts.empty(); }
  std::size_t bytes() const { return bytes_; }
  std::size_t events() const { return commit_.events.size(); }
  Timestamp time() const { return commit_.time; }
  journal::Sequence sequence() const { return commit_.sequence; }
  Position next_position() const { return commit_.first_position.plus(commit_.events.size()); }
  /// The partition's last position once this is appended.
  Position last_position() const { return Position(next_position().value - 1); }

  journal::Commit take_commit() { return std::move(commit_); }
  std::vector<Waiting> take_waiting() { return std::move(waiting_); }

 private:
  journal::Commit commit_;
  std::vector<Waiting> waiting_;
  std::size_t bytes_ = 0;
};

}  // namespace remit::engine
