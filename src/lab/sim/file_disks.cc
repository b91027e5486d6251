#include "lab/sim/file_disks.h"

#include "kit/base/check.h"

#include <fmt/format.h>

namespace remit::lab::sim {
namespace {

using sqlite::DiskCallKind;
using sqlite::DiskFault;

constexpr std::string_view kJournalFile = "/data/journal.db";
constexpr std::string_view kCheckpointsFile = "/data/checkpoints.db";
constexpr std::string_view kFlowsFile = "/data/flows.db";
/// Starts that fail in a row before the disk lets one through.
constexpr int kFailedStartsMax = 4;

}  // namespace

FileDisks::FileDisks(Host& host, std::uint64_t seed, Faults faults)
    : host_(host), random_(seed), faults_(std::move(faults)), disk_(random_.next()) {
  disk_.set_faults([this](const sqlite::DiskCall& call) { return fault_of(call); });
}

bool FileDisks::is_journal(std::string_view path) {
  return path == kJournalFile ||
         (path.starts_with(kJournalFile) && path.substr(kJournalFile.size()) == "-wal");
}

FileDisks::~FileDisks() {
  disk_.stop();
  close();
}

DiskFault FileDisks::fault_of(const sqlite::DiskCall& call) {
  const bool is_down = checkpoints_down_ && call.path.starts_with(kCheckpointsFile);
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

void FileDisks::close() {
  flow_checkpoints_.reset();
  checkpoints_.reset();
  journal_.reset();
}

void FileDisks::restart() {
  checkpoints_down_ = false;
  for (int failed = 0;; ++failed) {
    close();
    disk_.restart(random_.below(2) == 0);
    journal_failed_ = false;
    spared_ = true;
    if (std::exchange(checkpoints_lost_, false)) {
      disk_.remove_database(std::string(kCheckpointsFile));
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

/// Small bounds, so that in a short history indexes are written and logs moved into their files.
Result<void> FileDisks::open() {
  journal_ = TRY(journal::SqliteJournal::open(std::string(kJournalFile),
                                              {.index_memory_entries_max = 64, .wal_pages_max = 60},
                                              {.host = &host_, .disk = &disk_}));
  journal_->on_failed([this](const Error&) { journal_failed_ = true; });
  checkpoints_ = TRY(engine::SqliteCheckpointStore::open(std::string(kCheckpointsFile), &disk_));
  flow_checkpoints_ = TRY(flow::SqliteCheckpointTable::open(std::string(kFlowsFile), &disk_));
  return {};
}

}  // namespace remit::lab::sim
