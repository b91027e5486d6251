#pragma once

#include "kit/base/host.h"
#include "kit/journal/heads/head_file.h"

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

namespace remit::journal {

/// Signs the heads of a running journal and appends them to a file: at start, then at most once per interval where they
/// moved, and at the orderly end. What was never signed is what a cut of the last interval can still hide.
class HeadRecorder final : public Component {
 public:
  struct Ports {
    Journal& journal;
    Host& host;
    Entropy& entropy;
    /// Called on the recorder's thread. The heads are signed with the next interval then.
    std::function<void(const Error&)> on_failure;
  };
  struct Options {
    std::filesystem::path file;      ///< Its folder must exist.
    std::filesystem::path key_file;  ///< Made if missing.
    Duration interval = std::chrono::minutes(1);
    std::size_t file_bytes_max = HeadFile::kBytesMax;
  };
  struct Stats {
    std::uint64_t recorded = 0;
    std::uint64_t failures = 0;
  };

  /// Opens the key, repairs the file and exports the public key beside it. To be called before anything is appended to the
  /// journal: it fails with Corrupt `journal_contradicts_heads` when the last head that was signed of a partition is not in
  /// it, since going on would bury what was lost. Also fails as its files do.
  static Result<std::unique_ptr<HeadRecorder>> open(Ports ports, Options options);
  /// CHECKs that it was stopped.
  ~HeadRecorder() override;

  void start(std::vector<PartitionId> partitions);
  /// Signs what moved since, and ends. Does nothing unless started.
  void stop();

  std::string name() const override { return "signed-heads"; }
  bool step() override;
  /// Thread safe.
  Stats stats() const { return {recorded_total_, failures_total_}; }

 private:
  struct Shared;
  HeadRecorder(Ports ports, const Options& options, Ed25519PrivateKey key);
  Result<void> check_last_heads();
  void record_or_tell();
  Result<void> record();
  void set_timer();

  Ports ports_;
  const Duration interval_;
  HeadFile file_;
  const Ed25519PrivateKey key_;
  std::vector<PartitionId> partitions_;
  std::map<PartitionId, Sequence> recorded_;  ///< The last in the file.
  std::shared_ptr<Shared> shared_;            ///< With the timer, which may fire after the end.
  std::atomic<std::uint64_t> recorded_total_ = 0;
  std::atomic<std::uint64_t> failures_total_ = 0;
};

}  // namespace remit::journal
