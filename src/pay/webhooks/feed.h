#pragma once

#include "kit/flow/record.h"
#include "kit/sqlite/database.h"
#include "pay/webhooks/delivery.h"

#include <atomic>
#include <string>

namespace remit::webhooks {

/// One event to be delivered, as it lies in a feed's record.
struct Outgoing {
  Delivered what;
  std::uint32_t round = 1;
  std::string body;  ///< The CloudEvent.
};
BOOST_DESCRIBE_STRUCT(Outgoing, (), (what, round, body))

/// What the feeds of one partition share. Used from one thread, but for `end`.
struct FeedPorts {
  sqlite::Database& rows;  ///< The partition's read model, read only.
  flow::Source& journal;   ///< Of the same partition.
  /// Up to where the read model had come when somebody last looked.
  const std::atomic<std::uint64_t>& end;
};

/// What one endpoint is to hear, in order: the facts of its client, the resends that were asked for, and the flow's own
/// events. The cursor is the position in the journal, the key of a fact is its subject. It goes as far as the read model
/// has come, and reads no more than its own client's rows.
class Feed final : public flow::Source {
 public:
  /// What endpoint of whom, and the position behind which it hears facts.
  struct Listener {
    ClientId client;
    TypeId endpoint;
    std::uint64_t enabled_at = 0;
  };
  Feed(FeedPorts ports, const Listener& listener);

  Result<std::vector<flow::Record>> read(flow::Cursor after, journal::ReadLimits limits) override;
  Result<flow::Batch> read_wanted(flow::Cursor after, journal::ReadLimits limits,
                                  const journal::TypeFilter& wanted) override;
  Result<flow::Record> at(flow::Cursor cursor) override;
  Result<flow::Cursor> end() override;

 private:
  Result<void> add_facts(flow::Batch& batch, flow::Cursor after, std::size_t rows_max);
  Result<void> add_notices(flow::Batch& batch, flow::Cursor after, std::size_t rows_max,
                           const journal::TypeFilter& wanted);
  /// A record of the journal as this feed tells it: a resend becomes the fact.
  Result<flow::Record> told(flow::Record record);

  FeedPorts ports_;
  Listener listener_;
  std::string flow_;
};

}  // namespace remit::webhooks
