#include "kit/journal/heads/head_recorder.h"

#include "kit/base/check.h"
#include "kit/base/durable_file.h"
#include "kit/journal/heads/check_heads.h"
#include "kit/journal/heads/head_key.h"

#include <fmt/format.h>

namespace remit::journal {

struct HeadRecorder::Shared {
  std::mutex mutex;
  HeadRecorder* owner = nullptr;  ///< While it is started.
  bool due = false;
};

HeadRecorder::HeadRecorder(Ports ports, const Options& options, Ed25519PrivateKey key)
    : ports_(std::move(ports)),
      interval_(options.interval),
      file_(options.file, options.file_bytes_max),
      key_(std::move(key)),
      shared_(std::make_shared<Shared>()) {}

HeadRecorder::~HeadRecorder() {
  CHECK(shared_->owner == nullptr, "the signing of heads was not stopped");
}

Result<std::unique_ptr<HeadRecorder>> HeadRecorder::open(Ports ports, Options options) {
  Ed25519PrivateKey key = TRY(open_head_key(options.key_file, ports.entropy));
  auto recorder =
      std::unique_ptr<HeadRecorder>(new HeadRecorder(std::move(ports), options, std::move(key)));
  TRY(recorder->file_.repair());
  TRY(recorder->check_last_heads());
  const std::string pem = recorder->key_.public_key().to_pem();
  TRY(write_file_durably(recorder->file_.public_key_path().string(), as_bytes(pem), 0644));
  return recorder;
}

Result<void> HeadRecorder::check_last_heads() {
  std::map<PartitionId, SignedHead> last;
  for (SignedHead& head : TRY(file_.read())) {
    last.insert_or_assign(head.partition, std::move(head));
  }
  for (const auto& [partition, head] : last) {
    const HeadsReport report =
        TRY(check_heads(ports_.journal, std::span(&head, 1), key_.public_key()));
    if (!report.faults.empty()) {
      return fail(
          ErrorCode::Corrupt, "journal_contradicts_heads",
          fmt::format("The journal is not the one that was signed: {}. Restore the data "
                      "directory with its keys; only to accept what there is, move {} and "
                      "{} away and keep them.",
                      report.faults.front(), file_.path().string(), file_.path_before().string()));
    }
    recorded_.insert_or_assign(partition, head.sequence);
  }
  return {};
}

void HeadRecorder::start(std::vector<PartitionId> partitions) {
  partitions_ = std::move(partitions);
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->owner = this;
    shared_->due = true;
  }
  ports_.host.attach(*this);
  ports_.host.wake(*this);
}

void HeadRecorder::stop() {
  {
    const std::lock_guard lock(shared_->mutex);
    if (shared_->owner == nullptr) return;
    shared_->owner = nullptr;
  }
  ports_.host.detach(*this);
  record_or_tell();
}

bool HeadRecorder::step() {
  {
    const std::lock_guard lock(shared_->mutex);
    if (!std::exchange(shared_->due, false)) return false;
  }
  record_or_tell();
  set_timer();
  return false;
}

void HeadRecorder::set_timer() {
  ports_.host.timers().after(interval_, [shared = shared_] {
    const std::lock_guard lock(shared->mutex);
    if (shared->owner == nullptr) return;
    shared->due = true;
    shared->owner->ports_.host.wake(*shared->owner);
  });
}

void HeadRecorder::record_or_tell() {
  const Result<void> recorded = record();
  if (recorded) return;
  ++failures_total_;
  ports_.on_failure(recorded.error());
}

Result<void> HeadRecorder::record() {
  // A partition at rest would leave both files with time: a new one begins with the heads of all.
  if (TRY(file_.rotate_if_full())) recorded_.clear();
  std::vector<SignedHead> heads;
  for (const PartitionId partition : partitions_) {
    const Head head = TRY(ports_.journal.head(partition));
    const auto known = recorded_.find(partition);
    const Sequence recorded = known == recorded_.end() ? Sequence(0) : known->second;
    if (head.sequence == recorded) continue;
    heads.push_back(sign_head(partition, head, ports_.host.clock().now(), key_));
  }
  if (heads.empty()) return {};
  TRY(file_.append(heads));
  for (const SignedHead& head : heads) recorded_.insert_or_assign(head.partition, head.sequence);
  recorded_total_ += heads.size();
  return {};
}

}  // namespace remit::journal
