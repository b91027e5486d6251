#include "app/prove/meant_end.h"

#include <csignal>

namespace remit::app {
namespace {

// As the runbooks name them.
constexpr int kKilled = 128 + SIGKILL;
constexpr int kJournalFailed = 74;
constexpr int kRefused = 1;
constexpr int kRefusedForNow = 3;

}  // namespace

bool end_is_meant(int end, const LifeUnderFaults& life) {
  switch (end) {
    case kKilled:
      return life.killed;
    case kJournalFailed:
      return life.disk_failed;
    case kRefused:
    case kRefusedForNow:
      return life.file_failed && !life.served;
    default:
      return false;
  }
}

}  // namespace remit::app
