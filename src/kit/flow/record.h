#pragma once

#include "kit/base/bytes.h"
#include "kit/base/result.h"
#include "kit/base/strong.h"
#include "kit/base/time.h"
#include "kit/base/type_id.h"
#include "kit/journal/journal.h"

#include <functional>
#include <string>
#include <vector>

namespace remit::flow {

/// A place in a source: ordered, storable, opaque to all but the source. Zero is before the first record.
using Cursor = StrongNumber<struct CursorTag>;

/// One thing on its way from a source to a sink.
struct Record {
  Cursor cursor;
  /// Records of one key are handled in order. For journal events: the stream.
  TypeId key;
  std::string type;  ///< "payment.created"
  std::uint32_t schema = 1;
  std::uint64_t version = 0;  ///< Of the key's stream; 0 where the source has none.
  Timestamp time;
  journal::Cause cause;
  Bytes payload;
};

/// Some of the records of a range, and the last cursor of that range.
struct Batch {
  std::vector<Record> records;
  Cursor through;     ///< Zero: there was nothing behind it.
  bool more = false;  ///< There may be more behind it already.
};

/// Where records come from, in order. Reads are made from one thread; `at` and `end` are thread safe.
class Source {
 public:
  virtual ~Source() = default;
  /// The records behind `after`, in order; empty at the end.
  virtual Result<std::vector<Record>> read(Cursor after, journal::ReadLimits limits) = 0;
  /// The same range, of which only records of the wanted types are returned.
  virtual Result<Batch> read_wanted(Cursor after, journal::ReadLimits limits,
                                    const journal::TypeFilter& wanted) = 0;
  /// One record again: for retries, redrives and parked records.
  virtual Result<Record> at(Cursor cursor) = 0;
  /// The cursor of the last record there is, for lag.
  virtual Result<Cursor> end() = 0;
};

/// The events of one partition of the journal; the cursor is the position.
class JournalSource final : public Source {
 public:
  JournalSource(journal::Journal& journal, journal::PartitionId partition)
      : journal_(&journal), partition_(partition) {}
  Result<std::vector<Record>> read(Cursor after, journal::ReadLimits limits) override;
  Result<Batch> read_wanted(Cursor after, journal::ReadLimits limits,
                            const journal::TypeFilter& wanted) override;
  Result<Record> at(Cursor cursor) override;
  Result<Cursor> end() override;

 private:
  journal::Journal* journal_;
  journal::PartitionId partition_;
};

}  // namespace remit::flow
