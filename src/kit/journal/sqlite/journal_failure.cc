#include "kit/journal/sqlite/journal_failure.h"

namespace remit::journal {

void JournalFailure::fail(const Error& cause) {
  const auto tell = latch_.fail(
      {ErrorCode::Unavailable,
       "journal_failed",
       "The disk failed under the journal; it must be opened again, which finds out what was "
       "written. " +
           cause.message,
       {},
       nullptr});
  tell();
}

}  // namespace remit::journal
