#pragma once

#include "kit/journal/index/look_up_index.h"
#include "kit/journal/journal.h"

#include <memory>
#include <string>
#include <vector>

namespace remit::journal {

/// What the journal looks up, in terms of the index: the positions of a stream, the commits of a receipt key.
class LookUps {
 public:
  static Result<std::unique_ptr<LookUps>> open(const std::string& path,
                                               std::size_t memory_entries_max, Host& host,
                                               sqlite::Disk* disk = nullptr);

  void add(PartitionId partition, const Commit& commit);
  /// Candidates: the caller checks that the event there is of that stream.
  Result<std::vector<Position>> positions(PartitionId partition, const StreamId& stream);
  /// Candidates: the caller checks that the commit has that receipt.
  Result<std::vector<Sequence>> commits(PartitionId partition, const ClientId& client,
                                        std::string_view key);
  /// The partitions of which something is on the disk.
  std::vector<PartitionId> partitions();
  /// The commit from which the log must be added again after a restart.
  Sequence missing_from(PartitionId partition);
  Result<void> catch_up();
  /// As LookUpIndex::on_failed.
  void on_failed(std::function<void(const Error&)> listener) {
    index_->on_failed(std::move(listener));
  }

 private:
  explicit LookUps(std::unique_ptr<LookUpIndex> index) : index_(std::move(index)) {}
  std::unique_ptr<LookUpIndex> index_;
};

}  // namespace remit::journal
