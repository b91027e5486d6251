#include "app/backup/backup_job.h"

#include <fmt/format.h>

#include <pthread.h>

namespace remit::app {

BackupJob::~BackupJob() {
  progress_.stop = true;
  if (thread_.joinable()) thread_.join();
}

Result<void> BackupJob::begin(const std::filesystem::path& target) {
  const std::lock_guard lock(mutex_);
  if (status_.state == "running") {
    return fail(ErrorCode::Conflict, "backup_under_way",
                fmt::format("A backup to {} is under way; wait for it.", status_.target));
  }
  if (!target.is_absolute()) {
    return fail(ErrorCode::InvalidArgument, "target_not_absolute",
                "The server has a working directory of its own; give an absolute path.",
                "directory");
  }
  TRY(check_target_empty(target));
  if (thread_.joinable()) thread_.join();
  status_.state = "running";
  status_.target = target.string();
  status_.error.reset();
  status_.manifest.reset();
  progress_.bytes_done = 0;
  progress_.bytes_total = 0;
  thread_ = std::thread([this, target] { run(target); });
  return {};
}

void BackupJob::run(const std::filesystem::path& target) {
  pthread_setname_np(pthread_self(), "backup");
  Result<BackupManifest> made = make_backup(source_, target, clock_.now(), progress_);
  const std::lock_guard lock(mutex_);
  status_.state = made ? "done" : "failed";
  if (made) {
    ++status_.done;
    status_.last_done_at = made->made_at;
    status_.manifest = *std::move(made);
  } else {
    ++status_.failed;
    status_.error = std::move(made).error();
  }
}

BackupJob::Status BackupJob::status() const {
  const std::lock_guard lock(mutex_);
  Status status = status_;
  status.bytes_done = progress_.bytes_done;
  status.bytes_total = progress_.bytes_total;
  return status;
}

}  // namespace remit::app
