#include "app/verify_partition.h"

#include "app/data_snapshot.h"
#include "app/verify_read_model.h"
#include "kit/base/random.h"
#include "pay/ledger/transfer.h"
#include "pay/payments/events.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <unistd.h>

namespace remit::app {
namespace {

constexpr journal::PartitionId kClients{1};
const TypeId kPayment("pay", {1});

/// TMPDIR, until this goes.
class OtherTemporaryDirectory {
 public:
  explicit OtherTemporaryDirectory(const std::filesystem::path& directory) {
    if (const char* before = ::getenv("TMPDIR")) before_ = before;
    ::setenv("TMPDIR", directory.c_str(), 1);
  }
  ~OtherTemporaryDirectory() {
    if (before_) {
      ::setenv("TMPDIR", before_->c_str(), 1);
    } else {
      ::unsetenv("TMPDIR");
    }
  }
  OtherTemporaryDirectory(const OtherTemporaryDirectory&) = delete;
  OtherTemporaryDirectory& operator=(const OtherTemporaryDirectory&) = delete;

 private:
  std::optional<std::string> before_;
};

/// A data directory whose journal a writer fills that knows no rules.
class VerifyPartition : public testing::Test {
 protected:
  VerifyPartition() {
    folder_ = std::filesystem::temp_directory_path() /
              fmt::format("remit-verify-partition-{}", static_cast<long>(::getpid()));
    std::filesystem::remove_all(folder_);
    storage_.emplace(std::move(*Storage::open({.directory = folder_.string()}, clock_, entropy_)));
    head_ = *storage_->journal->acquire(kClients);
  }
  ~VerifyPartition() override {
    storage_.reset();
    std::filesystem::remove_all(folder_);
  }

  template <class V>
  void append(const TypeId& stream, std::uint64_t version, const V& event) {
    journal::Commit commit{.sequence = head_.sequence.next(),
                           .first_position = head_.position.next(),
                           .time = Timestamp(std::chrono::seconds(1'787'218'200))};
    commit.causes.push_back({.command = TypeId("cmd", {1})});
    commit.events.push_back({.stream = stream,
                             .version = journal::Version(version),
                             .type = std::string(V::kType.name),
                             .payload = codec::encode(event)});
    std::promise<journal::Head> made;
    storage_->journal->append(kClients, head_.epoch, std::move(commit),
                              [&](journal::AppendOutcome outcome) {
                                made.set_value(std::get<journal::Appended>(outcome).head);
                              });
    head_ = made.get_future().get();
  }
  static std::vector<Proof> failed(Storage& storage) {
    std::vector<Proof> proofs =
        *verify_partition(storage, kClients, [](std::string_view, std::uint64_t, std::uint64_t) {});
    EXPECT_FALSE(proofs.empty());
    std::erase_if(proofs, [](const Proof& proof) { return proof.holds; });
    return proofs;
  }

  SystemClock clock_;
  SeededEntropy entropy_{1};
  std::filesystem::path folder_;
  std::optional<Storage> storage_;
  journal::Head head_;
};

TEST_F(VerifyPartition, ARightJournalHoldsInEveryRespect) {
  append(kPayment, 1, payments::PaymentCreated{});
  append(kPayment, 2, payments::PaymentCancelled{});
  EXPECT_TRUE(failed(*storage_).empty());
}

TEST_F(VerifyPartition, AnInvariantThatIsBrokenIsNamedAndNothingIsBuiltOnIt) {
  append(kPayment, 1, payments::PaymentCreated{});
  append(kPayment, 2, payments::PaymentCancelled{});
  // The fold would end the program over this one.
  append(kPayment, 3, payments::PaymentSettled{});
  const std::vector<Proof> proofs = failed(*storage_);
  ASSERT_EQ(proofs.size(), 1U);
  EXPECT_EQ(proofs[0].what, "payments take listed steps in partition 1");
  EXPECT_EQ(proofs[0].detail,
            "payment.settled of " + kPayment.to_string() + " in commit 3: it was \"cancelled\"");
}

TEST_F(VerifyPartition, AVersionThatIsLeftOutIsNamed) {
  append(kPayment, 1, payments::PaymentCreated{});
  append(kPayment, 3, payments::PaymentCancelled{});
  const std::vector<Proof> proofs = failed(*storage_);
  ASSERT_EQ(proofs.size(), 1U);
  EXPECT_EQ(proofs[0].what, "versions have no gaps in partition 1");
}

TEST_F(VerifyPartition, ACopyOfADirectoryInUseIsProvedInItsPlace) {
  append(kPayment, 1, payments::PaymentCreated{});
  std::filesystem::path copied;
  {
    const Result<DataSnapshot> snapshot = DataSnapshot::take(folder_);
    ASSERT_TRUE(snapshot) << snapshot.error().describe();
    append(kPayment, 2, payments::PaymentCancelled{});
    copied = snapshot->path();
    Result<Storage> copy = Storage::open({.directory = copied.string()}, clock_, entropy_);
    ASSERT_TRUE(copy) << copy.error().describe();
    EXPECT_EQ(copy->journal->head(kClients)->position, journal::Position(1));
    EXPECT_TRUE(failed(*copy).empty());
  }
  EXPECT_FALSE(std::filesystem::exists(copied));
}

TEST_F(VerifyPartition, AFolderThatIsMissingIsAnErrorOfTheCopy) {
  append(kPayment, 1, payments::PaymentCreated{});
  std::filesystem::remove_all(folder_ / "read-models");
  const Result<DataSnapshot> snapshot = DataSnapshot::take(folder_);
  ASSERT_FALSE(snapshot);
  EXPECT_EQ(snapshot.error().reason, "snapshot_failed");
}

TEST_F(VerifyPartition, SoIsThatThereIsNowhereForTemporaryFiles) {
  append(kPayment, 1, payments::PaymentCreated{});
  const std::string file = storage_->read_model_file(kClients.value);
  std::ofstream(file).flush();
  const OtherTemporaryDirectory none(folder_ / "nowhere");
  const Result<DataSnapshot> snapshot = DataSnapshot::take(folder_);
  ASSERT_FALSE(snapshot);
  EXPECT_EQ(snapshot.error().reason, "snapshot_failed");
  const auto compared = verify_read_model(make_registry(), *storage_->journal, kClients, file);
  ASSERT_FALSE(compared);
  EXPECT_EQ(compared.error().reason, "snapshot_failed");
}

}  // namespace
}  // namespace remit::app
