#include "lab/sim/file_disks.h"

#include "kit/base/check.h"

#include <fmt/format.h>

namespace remit::lab::sim {
namespace {

using sqlite::DiskCallKind;
using sqlite::DiskFault;

/// Starts that fail in a row before the disk lets one through.
constexpr int kFailedStartsMax = 4;

}  // namespace

FileDisks::FileDisks(Host& host, std::uint64_t seed, Faults faults)
    : host_(host), random_(seed), faults_(std::move(faults)), disk_(random_.next()) {
  disk_.set_faults([this](const sqlite::DiskCall& call) { return fault_of(call); });
}

bool FileDisks::is_journal(std::string_view path) {
  return path == ShippedStorage::kJournalFile ||
         (path.starts_with(ShippedStorage::kJournalFile) &&
          path.substr(ShippedStorage::kJournalFile.size()) == "-wal");
}

FileDisks::~FileDisks() {
  disk_.stop();
  storage_ = {};
}

DiskFault FileDisks::fault_of(const sqlite::DiskCall& call) {
  const bool is_down = checkpoints_down_ && call.path.starts_with(ShippedStorage::kCheckpointsFile);
  const bool is_asked = !spared_ && call.kind != DiskCallKind::Open;
  DiskFault fault = is_asked ? faults_(call) : DiskFault::None;
  if (is_down && fault == DiskFault::None) fault = DiskFault::InputOutputError;
  faulted_ = faulted_ || fault != DiskFault::None;
  return fault;
}

std::string FileDisks::read_model_file() {
  return fmt::format("/data/read_model-{}.db", read_models_);
}

void FileDisks::crash(Random&) {
  disk_.stop();
}

void FileDisks::restart() {
  checkpoints_down_ = false;
  for (int failed = 0;; ++failed) {
    storage_ = {};
    disk_.restart(random_.below(2) == 0);
    journal_failed_ = false;
    spared_ = true;
    if (std::exchange(checkpoints_lost_, false)) {
      disk_.remove_database(std::string(ShippedStorage::kCheckpointsFile));
    }
    faulted_ = false;
    spared_ = failed >= kFailedStartsMax;
    const Result<void> opened = open();
    spared_ = false;
    if (opened) return;
    CHECK(faulted_, "the storage does not open: {}", opened.error().describe());
    disk_.stop();
  }
}

Result<void> FileDisks::open() {
  TRY(storage_.open(host_, disk_));
  storage_.journal->on_failed([this](const Error&) { journal_failed_ = true; });
  return {};
}

}  // namespace remit::lab::sim
