#include "kit/flow/record.h"

#include <fmt/format.h>

namespace remit::flow {
namespace {

Record to_record(journal::Event&& event) {
  return Record{.cursor = Cursor(event.position.value),
                .key = event.stream,
                .type = std::move(event.type),
                .schema = event.schema,
                .version = event.version.value,
                .time = event.time,
                .cause = event.cause,
                .payload = std::move(event.payload)};
}

std::vector<Record> to_records(std::vector<journal::Event>&& events) {
  std::vector<Record> records;
  records.reserve(events.size());
  for (journal::Event& event : events) records.push_back(to_record(std::move(event)));
  return records;
}

}  // namespace

Result<std::vector<Record>> JournalSource::read(Cursor after, journal::ReadLimits limits) {
  return to_records(TRY(journal_->read(partition_, journal::Position(after.value + 1), limits)));
}

Result<Batch> JournalSource::read_wanted(Cursor after, journal::ReadLimits limits,
                                         const journal::TypeFilter& wanted) {
  journal::EventPage page =
      TRY(journal_->read_wanted(partition_, journal::Position(after.value + 1), limits, wanted));
  return Batch{to_records(std::move(page.events)), Cursor(page.through.value), page.more};
}

Result<Record> JournalSource::at(Cursor cursor) {
  std::vector<journal::Event> events =
      TRY(journal_->read(partition_, journal::Position(cursor.value), {.events_max = 1}));
  if (events.empty() || events.front().position.value != cursor.value) {
    return fail(ErrorCode::NotFound, "record_not_found",
                fmt::format("The journal has no event at position {}.", cursor.value));
  }
  return to_record(std::move(events.front()));
}

Result<Cursor> JournalSource::end() {
  return Cursor(TRY(journal_->head(partition_)).position.value);
}

}  // namespace remit::flow
