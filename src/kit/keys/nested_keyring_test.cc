#include "kit/keys/nested_keyring.h"

#include "kit/base/codec/sealed.h"
#include "kit/base/durable_file.h"
#include "kit/base/manual_host.h"
#include "kit/sqlite/simulated/simulated_disk.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <unistd.h>

namespace remit::keys {
namespace {

namespace fs = std::filesystem;
using codec::Key;

class NestedKeyringTest : public testing::Test {
 protected:
  NestedKeyringTest()
      : root_(fs::temp_directory_path() /
              ("remit_nested_keyring_" + std::to_string(::getpid()) + "_" +
               testing::UnitTest::GetInstance()->current_test_info()->name())) {
    fs::remove_all(root_);
    fs::create_directories(root_);
  }
  ~NestedKeyringTest() override { fs::remove_all(root_); }

  std::string file() const { return (root_ / "payers.db").string(); }
  std::unique_ptr<NestedKeyring> open(const std::string& path, sqlite::Disk* disk = nullptr) {
    return NestedKeyring::open({.path = path, .prefix = "payer", .disk = disk}, parents_,
                               host_.clock(), entropy_)
        .value();
  }
  std::unique_ptr<NestedKeyring> open() { return open(file()); }
  bool on_disk(ByteView wanted) const {
    for (const char* suffix : {"", "-wal"}) {
      const auto bytes = read_file(file() + suffix, 64UL * 1024 * 1024);
      if (bytes && as_text(*bytes).contains(as_text(wanted))) return true;
    }
    return false;
  }
  Bytes wrapped_row(const TypeId& owner) const {
    auto database = sqlite::Database::open(file(), {.read_only = true}).value();
    auto row = database.prepare("SELECT wrapped FROM keys WHERE owner = ?").value();
    row.bind(owner.to_string());
    EXPECT_TRUE(row.step().value());
    return Bytes(row.blob(0).begin(), row.blob(0).end());
  }

  const fs::path root_;
  ManualHost host_{1};
  SystemEntropy entropy_;
  codec::MemoryKeyring parents_{entropy_};
  const ClientId client_{"cli", {1}};
  const ClientId other_{"cli", {2}};
};

TEST_F(NestedKeyringTest, KeysOutliveTheProcess) {
  const TypeId payer = open()->make("payer", client_).value();
  const Key key = open()->ensure(payer).value();
  EXPECT_EQ(key.version, 1u);
  EXPECT_EQ(open()->find(payer, 1).value().secret, key.secret);
  EXPECT_EQ(open()->find(payer, 2).error().reason, "key_missing");
}

TEST_F(NestedKeyringTest, EveryOwnerIsAnotherAndHasAKeyOfItsOwn) {
  const auto keyring = open();
  std::set<TypeId> owners;
  std::set<codec::SecretKey> secrets;
  for (int i = 0; i < 1000; ++i) {
    const TypeId payer = keyring->make("payer", i % 2 == 0 ? client_ : other_).value();
    EXPECT_TRUE(owners.insert(payer).second);
    EXPECT_TRUE(secrets.insert(keyring->ensure(payer).value().secret).second);
  }
}

TEST_F(NestedKeyringTest, OnAFullDiskNobodyIsMadeUntilThereIsRoomWhichACheckFinds) {
  sqlite::SimulatedDisk disk(1);
  {
    const auto keyring = open("/keys/payers.db", &disk);
    EXPECT_TRUE(keyring->check().has_value());
    disk.set_capacity(disk.image().bytes_used());
    const auto refused = keyring->make("payer", client_);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().reason, "disk_full");
    EXPECT_EQ(keyring->check().error().reason, "disk_full");
    disk.set_capacity(~std::uint64_t{0});
    EXPECT_TRUE(keyring->check().has_value());
    EXPECT_TRUE(keyring->check().has_value());
    std::set<TypeId> owners;
    for (int i = 0; i < 100; ++i) owners.insert(keyring->make("payer", client_).value());
    EXPECT_EQ(owners.size(), 100u);
  }
}

TEST_F(NestedKeyringTest, AFileThatCannotBeOpenedAnewForAWhileIsNoFaultOfTheCaller) {
  sqlite::SimulatedDisk disk(1);
  {
    const auto keyring = open("/keys/payers.db", &disk);
    disk.set_faults([](const sqlite::DiskCall& call) {
      const bool works = call.kind == sqlite::DiskCallKind::Read;
      return works ? sqlite::DiskFault::None : sqlite::DiskFault::InputOutputError;
    });
    for (int attempt = 0; attempt < 3; ++attempt) {
      const auto refused = keyring->make("payer", client_);
      ASSERT_FALSE(refused.has_value());
      EXPECT_EQ(refused.error().code, ErrorCode::Unavailable) << attempt;
      EXPECT_EQ(refused.error().reason, "keyring_failed") << attempt;
      const auto checked = keyring->check();
      ASSERT_FALSE(checked.has_value()) << attempt;
      EXPECT_EQ(checked.error().reason, "keyring_failed") << attempt;
    }
    disk.set_faults({});
    EXPECT_TRUE(keyring->check().has_value());
    EXPECT_TRUE(keyring->make("payer", client_).has_value());
  }
}

/// Answers of the API carry the message, which names neither files nor SQL; the causes are for the log.
TEST_F(NestedKeyringTest, WhatFilesAndDatabasesSayOfThemselvesIsForTheLog) {
  class Failing final : public codec::Keyring {
   public:
    explicit Failing(Error error) : error_(std::move(error)) {}
    Result<Key> find(const TypeId&, std::uint32_t) override { return std::unexpected(error_); }
    Result<Key> ensure(const TypeId&) override { return std::unexpected(error_); }
    Result<Key> rotate(const TypeId&) override { return std::unexpected(error_); }
    Result<TypeId> make(std::string_view, const TypeId&) override {
      return std::unexpected(error_);
    }
    Result<void> erase(const TypeId&) override { return std::unexpected(error_); }

   private:
    Error error_;
  };
  for (const auto& [code, reason, told] :
       {std::tuple{ErrorCode::NotFound, "file_not_found", "keyring_failed"},
        std::tuple{ErrorCode::FailedPrecondition, "master_key_exposed", "keyring_failed"},
        std::tuple{ErrorCode::Unavailable, "disk_full", "disk_full"},
        std::tuple{ErrorCode::OutcomeUnknown, "disk_error", "keyring_failed"}}) {
    Failing parents(Error{code, reason, "/secret/path and INSERT INTO keys", {}, nullptr});
    const auto keyring =
        NestedKeyring::open({.path = file(), .prefix = "payer"}, parents, host_.clock(), entropy_)
            .value();
    for (const Error& error : {keyring->make("payer", client_).error(),
                               keyring->ensure(client_).error(), keyring->find(client_, 1).error(),
                               keyring->rotate(client_).error(), keyring->erase(client_).error()}) {
      EXPECT_EQ(error.code, ErrorCode::Unavailable) << reason;
      EXPECT_EQ(error.reason, told) << reason;
      EXPECT_FALSE(error.message.contains("secret")) << reason;
      EXPECT_TRUE(error.describe().contains("/secret/path")) << reason;
    }
  }
  sqlite::SimulatedDisk disk(1);
  {
    const auto keyring = open("/keys/payers.db", &disk);
    disk.set_capacity(disk.image().bytes_used());
    EXPECT_FALSE(keyring->make("payer", client_).error().message.contains("INSERT"));
  }
}

TEST_F(NestedKeyringTest, WhatIsWrongWithOneParentIsNoTroubleOfAll) {
  class OneDamaged final : public codec::Keyring {
   public:
    OneDamaged(codec::Keyring& others, ClientId damaged) : others_(others), damaged_(damaged) {}
    Result<Key> find(const TypeId& owner, std::uint32_t version) override {
      return others_.find(owner, version);
    }
    Result<Key> ensure(const TypeId& owner) override {
      if (owner != damaged_) return others_.ensure(owner);
      return fail(ErrorCode::Corrupt, "key_unreadable", "Restore it.");
    }
    Result<Key> rotate(const TypeId& owner) override { return others_.rotate(owner); }
    Result<TypeId> make(std::string_view prefix, const TypeId& parent) override {
      return others_.make(prefix, parent);
    }
    Result<void> erase(const TypeId& owner) override { return others_.erase(owner); }

   private:
    codec::Keyring& others_;
    const ClientId damaged_;
  };
  OneDamaged parents(parents_, client_);
  const auto keyring =
      NestedKeyring::open({.path = file(), .prefix = "payer"}, parents, host_.clock(), entropy_)
          .value();
  EXPECT_EQ(keyring->make("payer", client_).error().reason, "key_unreadable");
  EXPECT_TRUE(keyring->check().has_value());
  EXPECT_TRUE(keyring->make("payer", other_).has_value());
}

TEST_F(NestedKeyringTest, NobodyIsGivenOutTwiceAfterARestart) {
  std::set<TypeId> owners;
  for (int life = 0; life < 20; ++life) {
    const auto keyring = open();
    for (int i = 0; i < 20; ++i) {
      EXPECT_TRUE(owners.insert(keyring->make("payer", client_).value()).second);
    }
  }
}

TEST_F(NestedKeyringTest, WhoIsErasedCannotBeReadNorGetANewKey) {
  const auto keyring = open();
  codec::Sealer sealer(*keyring, entropy_);
  const TypeId payer = keyring->make("payer", client_).value();
  const TypeId another = keyring->make("payer", client_).value();
  const auto name = sealer.seal(payer, std::string("Ada Lovelace")).value();
  const auto kept = sealer.seal(another, std::string("Charles Babbage")).value();
  ASSERT_TRUE(keyring->erase(payer).has_value());
  EXPECT_EQ(sealer.show(name).value(), codec::kErasedText);
  EXPECT_EQ(keyring->ensure(payer).error().reason, "erased");
  EXPECT_EQ(keyring->rotate(payer).error().reason, "erased");
  EXPECT_EQ(sealer.open(kept).value(), "Charles Babbage");
  ASSERT_TRUE(keyring->erase(payer).has_value());
  const auto later = open();
  EXPECT_EQ(later->find(payer, 1).error().reason, "erased");
  EXPECT_EQ(later->find(payer, 2).error().reason, "key_missing");
}

TEST_F(NestedKeyringTest, NoCopyOfAnErasedKeyStaysInTheFileOrItsLog) {
  const auto keyring = open();
  const TypeId payer = keyring->make("payer", client_).value();
  const Bytes wrapped = wrapped_row(payer);
  ASSERT_TRUE(on_disk(wrapped));
  ASSERT_TRUE(keyring->erase(payer).has_value());
  EXPECT_FALSE(on_disk(wrapped));
}

TEST_F(NestedKeyringTest, WhileTheFileIsBeingCopiedAnErasureIsNotSaidToBeDone) {
  const auto keyring = open();
  const TypeId payer = keyring->make("payer", client_).value();
  auto reader = sqlite::Database::open(file(), {.read_only = true}).value();
  ASSERT_TRUE(reader.execute("BEGIN; SELECT count(*) FROM keys").has_value());
  const auto erased = keyring->erase(payer);
  ASSERT_FALSE(erased.has_value());
  EXPECT_TRUE(erased.error().transient());
  EXPECT_EQ(keyring->ensure(payer).error().reason, "erased");
  ASSERT_TRUE(reader.execute("COMMIT").has_value());
  EXPECT_TRUE(keyring->erase(payer).has_value());
}

TEST_F(NestedKeyringTest, TheParentsErasureErasesItsOwners) {
  const auto keyring = open();
  const TypeId payer = keyring->make("payer", client_).value();
  const TypeId another = keyring->make("payer", other_).value();
  ASSERT_TRUE(keyring->erase(client_).has_value());
  EXPECT_EQ(keyring->find(payer, 1).error().reason, "erased");
  EXPECT_TRUE(keyring->find(another, 1).has_value());
}

TEST_F(NestedKeyringTest, AKeyOfTheParentsThatWasReplacedGoesOnOpening) {
  const auto keyring = open();
  const TypeId before = keyring->make("payer", client_).value();
  ASSERT_TRUE(keyring->rotate(client_).has_value());
  const TypeId after = keyring->make("payer", client_).value();
  const auto again = open();
  EXPECT_TRUE(again->find(before, 1).has_value());
  EXPECT_TRUE(again->find(after, 1).has_value());
}

TEST_F(NestedKeyringTest, ANewVersionSealsAndTheOldOneOpens) {
  const auto keyring = open();
  codec::Sealer sealer(*keyring, entropy_);
  const TypeId payer = keyring->make("payer", client_).value();
  const auto name = sealer.seal(payer, std::string("Ada")).value();
  EXPECT_EQ(keyring->rotate(payer).value().version, 2u);
  EXPECT_EQ(sealer.seal(payer, std::string("Ada")).value().box()->key_version, 2u);
  EXPECT_EQ(sealer.open(name).value(), "Ada");
  ASSERT_TRUE(keyring->erase(payer).has_value());
  EXPECT_EQ(sealer.open(name).error().reason, "erased");
}

TEST_F(NestedKeyringTest, OtherOwnersAreTheOtherKeyrings) {
  const auto keyring = open();
  const Key key = keyring->ensure(client_).value();
  EXPECT_EQ(parents_.ensure(client_).value().secret, key.secret);
}

TEST_F(NestedKeyringTest, WhoWasNeverMadeHasNoKey) {
  const TypeId stranger("payer", {9});
  EXPECT_EQ(open()->ensure(stranger).error().reason, "key_missing");
  EXPECT_EQ(open()->rotate(stranger).error().reason, "key_missing");
  EXPECT_TRUE(open()->erase(stranger).has_value());
}

TEST_F(NestedKeyringTest, ADamagedRowIsNamedAndNothingElseIsLost) {
  const TypeId payer = open()->make("payer", client_).value();
  const TypeId another = open()->make("payer", client_).value();
  {
    auto database = sqlite::Database::open(file(), {}).value();
    auto spoil = database.prepare("UPDATE keys SET wrapped = ? WHERE owner = ?").value();
    Bytes wrapped = wrapped_row(payer);
    wrapped.front() ^= std::byte{1};
    spoil.bind(wrapped, payer.to_string());
    ASSERT_TRUE(spoil.run().has_value());
  }
  EXPECT_EQ(open()->find(payer, 1).error().reason, "key_unreadable");
  EXPECT_TRUE(open()->find(another, 1).has_value());
}

TEST_F(NestedKeyringTest, ACopyHasTheKeysOfItsMoment) {
  const auto keyring = open();
  const TypeId payer = keyring->make("payer", client_).value();
  const auto secret = keyring->ensure(payer).value().secret;
  const std::string copy = (root_ / "copy.db").string();
  ASSERT_TRUE(NestedKeyring::copy(file(), copy, [](const auto&) { return true; }).has_value());
  ASSERT_TRUE(keyring->erase(payer).has_value());
  EXPECT_EQ(open(copy)->find(payer, 1).value().secret, secret);
}

/// Power cuts at every write and sync: whoever was given out has a key afterwards, and who was erased has none.
TEST_F(NestedKeyringTest, WhatWasAnsweredOutlivesAPowerCutAtEveryStep) {
  for (std::uint64_t step = 0;; ++step) {
    sqlite::SimulatedDisk disk(step);
    std::uint64_t calls = 0;
    disk.set_faults([&](const sqlite::DiskCall& call) {
      if (call.kind == sqlite::DiskCallKind::Read) return sqlite::DiskFault::None;
      return calls++ == step ? sqlite::DiskFault::Stop : sqlite::DiskFault::None;
    });
    const NestedKeyring::Options options{
        .path = "/keys/payers.db", .prefix = "payer", .disk = &disk};
    std::set<TypeId> made;
    std::set<TypeId> erased;
    bool being_erased = false;
    if (auto keyring = NestedKeyring::open(options, parents_, host_.clock(), entropy_)) {
      for (int i = 0; i < 6 && !disk.stopped(); ++i) {
        const auto payer = (*keyring)->make("payer", client_);
        if (!payer) break;
        made.insert(*payer);
        if (i % 3 != 2) continue;
        being_erased = true;
        if ((*keyring)->erase(*payer)) erased.insert(*payer);
        made.erase(*payer);
      }
    }
    const bool whole = !disk.stopped();
    disk.set_faults({});
    disk.restart(true);
    const auto keyring = NestedKeyring::open(options, parents_, host_.clock(), entropy_);
    ASSERT_TRUE(keyring.has_value()) << step << ": " << keyring.error().describe();
    for (const TypeId& payer : made) EXPECT_TRUE((*keyring)->find(payer, 1).has_value()) << step;
    for (const TypeId& payer : erased) {
      EXPECT_EQ((*keyring)->find(payer, 1).error().reason, "erased") << step;
    }
    if (whole) {
      EXPECT_TRUE(being_erased);
      EXPECT_GT(step, 10u);
      break;
    }
  }
}

}  // namespace
}  // namespace remit::keys
