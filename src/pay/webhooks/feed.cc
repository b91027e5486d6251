#include "pay/webhooks/feed.h"

#include "kit/base/planted.h"
#include "pay/api/facts.h"
#include "pay/webhooks/read_tables.h"

#include <fmt/format.h>

#include <algorithm>

namespace remit::webhooks {
namespace {

flow::Record record_of(const Feed::Listener& listener, api::PublishedFact fact) {
  Outgoing outgoing{.what = {.client = listener.client,
                             .endpoint = listener.endpoint,
                             .event = fact.id,
                             .event_type = fact.type,
                             .subject = fact.subject,
                             .position = fact.position},
                    .body = std::move(fact.json)};
  flow::Record record{.cursor = flow::Cursor(fact.position),
                      .key = planted(Bug::WebhookOrderLost) ? fact.id : fact.subject,
                      .type = std::move(fact.type),
                      .time = fact.time,
                      .payload = codec::encode(outgoing)};
  record.cause.client = listener.client;
  return record;
}

/// One look at the rows: the read model may be forgotten and made anew between two statements.
class Snapshot {
 public:
  static Result<Snapshot> begin(sqlite::Database& rows) {
    TRY(TRY(rows.prepare("BEGIN")).run());
    return Snapshot(rows);
  }
  Snapshot(Snapshot&& other) noexcept : rows_(std::exchange(other.rows_, nullptr)) {}
  Snapshot& operator=(Snapshot&&) = delete;
  ~Snapshot() {
    if (rows_ == nullptr) return;
    if (auto commit = rows_->prepare("COMMIT")) (void)commit->run();
  }

 private:
  explicit Snapshot(sqlite::Database& rows) : rows_(&rows) {}
  sqlite::Database* rows_;
};

}  // namespace

Feed::Feed(FeedPorts ports, const Listener& listener)
    : ports_(ports), listener_(listener), flow_(flow_name(listener.endpoint)) {}

Result<std::vector<flow::Record>> Feed::read(flow::Cursor after, journal::ReadLimits limits) {
  flow::Batch batch = TRY(read_wanted(after, limits, [](std::string_view) { return true; }));
  return std::move(batch.records);
}

Result<flow::Batch> Feed::read_wanted(flow::Cursor after, journal::ReadLimits limits,
                                      const journal::TypeFilter& wanted) {
  const Snapshot snapshot = TRY(Snapshot::begin(ports_.rows));
  sqlite::Statement row = TRY(ports_.rows.prepare("SELECT checkpoint FROM read_model"));
  if (!TRY(row.step()) || row.number(0) <= after.value) return flow::Batch{};
  flow::Batch batch{.through = flow::Cursor(row.number(0))};
  row.reset();
  // Resends are wanted with the facts or not at all.
  if (wanted(ResendRequested::kType.name)) TRY(add_facts(batch, after, limits.events_max));
  TRY(add_notices(batch, after, limits.events_max, wanted));
  // Where one of the two was cut off, the other has gone further.
  std::ranges::sort(batch.records, {}, &flow::Record::cursor);
  const auto behind =
      std::ranges::upper_bound(batch.records, batch.through, {}, &flow::Record::cursor);
  batch.records.erase(behind, batch.records.end());
  return batch;
}

Result<void> Feed::add_facts(flow::Batch& batch, flow::Cursor after, std::size_t rows_max) {
  api::FactPage page =
      TRY(api::list_facts(ports_.rows, {.client = listener_.client,
                                        .after = std::max(after.value, listener_.enabled_at),
                                        .rows_max = rows_max}));
  if (page.next_cursor) {
    batch.through = std::min(batch.through, flow::Cursor(page.facts.back().position));
    batch.more = true;
  }
  for (api::PublishedFact& fact : page.facts) {
    batch.records.push_back(record_of(listener_, std::move(fact)));
  }
  return {};
}

Result<void> Feed::add_notices(flow::Batch& batch, flow::Cursor after, std::size_t rows_max,
                               const journal::TypeFilter& wanted) {
  sqlite::Statement rows = TRY(ports_.rows.prepare(
      "SELECT position FROM webhook_notices WHERE flow = ? AND position > ? ORDER BY position "
      "LIMIT ?"));
  rows.bind(flow_, after.value, static_cast<std::uint64_t>(rows_max));
  std::size_t count = 0;
  while (TRY(rows.step())) {
    const flow::Cursor cursor(rows.number(0));
    if (++count == rows_max) {
      batch.through = std::min(batch.through, cursor);
      batch.more = true;
    }
    flow::Record record = TRY(ports_.journal.at(cursor));
    if (wanted(record.type)) batch.records.push_back(TRY(told(std::move(record))));
  }
  return {};
}

Result<flow::Record> Feed::at(flow::Cursor cursor) {
  if (auto fact = TRY(api::fact_at(ports_.rows, listener_.client, cursor.value))) {
    return record_of(listener_, std::move(*fact));
  }
  return told(TRY(ports_.journal.at(cursor)));
}

Result<flow::Record> Feed::told(flow::Record record) {
  if (record.type != ResendRequested::kType.name) return record;
  const auto resend = TRY(codec::decode<ResendRequested>(record.payload));
  auto fact = TRY(api::fact_at(ports_.rows, listener_.client, resend.what.position));
  if (!fact) {
    return fail(
        ErrorCode::Unavailable, "fact_not_read_yet",
        fmt::format("The read model does not have the event at {} yet.", resend.what.position));
  }
  record.key = resend.what.subject;
  record.payload = codec::encode(Outgoing{resend.what, resend.round, std::move(fact->json)});
  return record;
}

Result<flow::Cursor> Feed::end() {
  return flow::Cursor(ports_.end.load());
}

}  // namespace remit::webhooks
