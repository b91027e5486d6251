#pragma once

#include "app/backup/make_backup.h"
#include "kit/base/time.h"

#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace remit::app {

/// The one backup that a server makes at a time, on a thread of its own. All functions are thread safe.
class BackupJob {
 public:
  BackupJob(BackupSource source, Clock& clock) : source_(std::move(source)), clock_(clock) {}
  /// Stops what is under way; nothing of it is left.
  ~BackupJob();
  BackupJob(const BackupJob&) = delete;
  BackupJob& operator=(const BackupJob&) = delete;

  /// Fails with Conflict `backup_under_way`, InvalidArgument `target_not_absolute` or FailedPrecondition
  /// `target_not_empty`.
  Result<void> begin(const std::filesystem::path& target);

  struct Status {
    std::string state = "none";  ///< "none", "running", "done" or "failed": of the last one.
    std::string target;
    std::uint64_t bytes_done = 0;
    std::uint64_t bytes_total = 0;
    std::optional<Error> error;
    std::optional<BackupManifest> manifest;
    std::uint64_t done = 0;  ///< Since the start of the server.
    std::uint64_t failed = 0;
    Timestamp last_done_at;
  };
  Status status() const;

 private:
  void run(const std::filesystem::path& target);

  const BackupSource source_;
  Clock& clock_;
  BackupProgress progress_;
  mutable std::mutex mutex_;
  Status status_;
  std::thread thread_;
};

}  // namespace remit::app
