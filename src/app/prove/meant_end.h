#pragma once

namespace remit::app {

/// What happened to one life of a process under faults: by it the life's end is judged.
struct LifeUnderFaults {
  bool served = false;       ///< It said that it serves, so its start was not refused.
  bool file_failed = false;  ///< A call about a file was made to fail,
  bool disk_failed = false;  ///< and not only because the disk was full.
  bool killed = false;       ///< The kill that was planned came about.
};

/// Whether a life was meant to end with this code, as a shell says it: by the kill; with 74, since a disk failed under the
/// journal; or with 1 or 3, since it was refused its start by a failure of the same life. Whoever serves has no reason to
/// end with those.
bool end_is_meant(int end, const LifeUnderFaults& life);

}  // namespace remit::app
