#include "kit/base/check.h"
#include "kit/journal/commit_record.h"

/// Stored bytes, as a disk may give them back: a commit or Corrupt, and a commit is written back as bytes that mean the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace remit;
  using namespace remit::journal;
  const ByteView bytes = std::as_bytes(std::span(data, size));
  const auto decoded = decode_commit(bytes);
  if (!decoded) {
    CHECK(decoded.error().code == ErrorCode::Corrupt, "{}", decoded.error().describe());
    return 0;
  }
  const Commit& commit = decoded->commit;
  const Bytes written = encode_commit(commit, decoded->epoch);
  const auto again = decode_commit(written);
  CHECK(again, "{}", again.error().describe());
  CHECK(encode_commit(again->commit, again->epoch) == written, "another commit");
  std::vector<Event> events;
  append_events(commit, commit.first_position, events);
  CHECK(events.size() == commit.events.size(), "{} of {}", events.size(), commit.events.size());
  return 0;
}
