#include "kit/base/codec/directory_keyring.h"

#include "kit/base/codec/golden_test.h"
#include "kit/base/codec/sealed.h"
#include "kit/base/durable_file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <thread>
#include <unistd.h>

namespace remit::codec {
namespace {

namespace fs = std::filesystem;

class DirectoryKeyringTest : public testing::Test {
 protected:
  DirectoryKeyringTest()
      : root_(fs::temp_directory_path() /
              ("remit_keyring_" + std::to_string(::getpid()) + "_" +
               testing::UnitTest::GetInstance()->current_test_info()->name())) {
    fs::remove_all(root_);
    fs::create_directories(root_);
    options_ = {(root_ / "keys").string(), (root_ / "master.key").string()};
  }
  ~DirectoryKeyringTest() override { fs::remove_all(root_); }

  std::unique_ptr<DirectoryKeyring> open() {
    return std::move(DirectoryKeyring::open(options_, entropy_).value().keyring);
  }
  std::string open_reason() {
    const auto opened = DirectoryKeyring::open(options_, entropy_);
    return opened ? "opened" : opened.error().reason;
  }
  std::vector<fs::path> key_files() {
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(options_.directory)) {
      if (entry.path().extension() == ".key") files.push_back(entry.path());
    }
    return files;
  }

  const fs::path root_;
  DirectoryKeyring::Options options_;
  SystemEntropy entropy_;
  const TypeId owner_{"payer", {1, 2, 3}};
};

TEST_F(DirectoryKeyringTest, KeysOutliveTheProcess) {
  const Key made = open()->ensure(owner_).value();
  EXPECT_EQ(made.version, 1u);
  const auto keyring = open();
  EXPECT_EQ(keyring->find(owner_, 1).value().secret, made.secret);
  EXPECT_EQ(keyring->ensure(owner_).value().secret, made.secret);
  EXPECT_EQ(keyring->find(owner_, 2).error().reason, "key_missing");
}

TEST_F(DirectoryKeyringTest, GoldenBytesOfAKeyFile) {
  SeededEntropy entropy(1);
  const auto opened = DirectoryKeyring::open(options_, entropy).value();
  ASSERT_TRUE(opened.keyring->ensure(owner_));
  const auto files = key_files();
  ASSERT_EQ(files.size(), 1u);
  EXPECT_EQ(files.front().filename(), owner_.to_string() + ".key");
  expect_golden("codec/key_file.hex", read_file(files.front().string(), 4096).value());
}

TEST_F(DirectoryKeyringTest, MasterKeyIsMadeOnceWithANotice) {
  const auto first = DirectoryKeyring::open(options_, entropy_).value();
  EXPECT_NE(first.notice.find(options_.master_key_file), std::string::npos);
  EXPECT_EQ(DirectoryKeyring::open(options_, entropy_).value().notice, "");
  EXPECT_EQ(fs::status(options_.master_key_file).permissions(),
            fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(DirectoryKeyringTest, RefusesAMasterKeyThatOthersMayRead) {
  open();
  fs::permissions(options_.master_key_file, fs::perms::group_read, fs::perm_options::add);
  EXPECT_EQ(open_reason(), "master_key_exposed");
}

TEST_F(DirectoryKeyringTest, NeverReplacesALostMasterKey) {
  ASSERT_TRUE(open()->ensure(owner_));
  fs::remove(options_.master_key_file);
  EXPECT_EQ(open_reason(), "master_key_missing");
  EXPECT_FALSE(fs::exists(options_.master_key_file));
}

TEST_F(DirectoryKeyringTest, RefusesWhatIsNoMasterKey) {
  ASSERT_TRUE(write_file_durably(options_.master_key_file, as_bytes("abc\n"), 0600));
  EXPECT_EQ(open_reason(), "master_key_invalid");
}

TEST_F(DirectoryKeyringTest, AnotherMasterKeyOpensNothing) {
  ASSERT_TRUE(open()->ensure(owner_));
  const std::string other(64, 'a');
  ASSERT_TRUE(write_file_durably(options_.master_key_file, as_bytes(other), 0600));
  EXPECT_EQ(open()->find(owner_, 1).error().reason, "key_unreadable");
}

TEST_F(DirectoryKeyringTest, FilesDoNotHoldTheKey) {
  const Key key = open()->ensure(owner_).value();
  const auto files = key_files();
  ASSERT_EQ(files.size(), 1u);
  const Bytes content = read_file(files.front().string(), 4096).value();
  EXPECT_EQ(as_text(content).find(as_text(key.secret)), std::string_view::npos);
}

TEST_F(DirectoryKeyringTest, ANewKeySealsAndTheOldOnesGoOnOpening) {
  const auto keyring = open();
  Sealer sealer(*keyring, entropy_);
  const auto old = sealer.seal(owner_, std::string("the old token")).value();
  EXPECT_EQ(keyring->rotate(owner_).value().version, 2u);
  const auto sealed = sealer.seal(owner_, std::string("the new token")).value();
  EXPECT_EQ(old.box()->key_version, 1u);
  EXPECT_EQ(sealed.box()->key_version, 2u);
  const auto later = open();
  Sealer opener(*later, entropy_);
  EXPECT_EQ(opener.open(old).value(), "the old token");
  EXPECT_EQ(opener.open(sealed).value(), "the new token");
  ASSERT_TRUE(later->erase(owner_));
  EXPECT_EQ(opener.open(old).error().reason, "erased");
  EXPECT_EQ(opener.open(sealed).error().reason, "erased");
  EXPECT_EQ(later->rotate_all().value(), 0u);
  EXPECT_EQ(later->rotate(owner_).value().version, 3u);
  EXPECT_EQ(later->rotate_all().value(), 1u);
  EXPECT_EQ(later->ensure(owner_).value().version, 4u);
}

TEST_F(DirectoryKeyringTest, KeysAreNotRotatedWithoutEnd) {
  const auto keyring = open();
  for (std::size_t i = 0; i < DirectoryKeyring::kKeysMax; ++i) {
    ASSERT_TRUE(keyring->rotate(owner_)) << i;
  }
  EXPECT_EQ(keyring->rotate(owner_).error().reason, "keys_too_many");
  EXPECT_TRUE(open()->find(owner_, 1));
}

TEST_F(DirectoryKeyringTest, AnotherMasterKeyTakesOverAllKeys) {
  const TypeId erased("payer", {4});
  const auto keyring = open();
  const auto other_process = open();
  const Key first = keyring->ensure(owner_).value();
  ASSERT_TRUE(keyring->rotate(owner_));
  ASSERT_TRUE(keyring->ensure(erased));
  ASSERT_TRUE(keyring->erase(erased));
  const std::string before = std::string(as_text(*read_file(options_.master_key_file, 256)));
  EXPECT_EQ(keyring->rotate_master().value(), 2u);
  const std::string after = std::string(as_text(*read_file(options_.master_key_file, 256)));
  EXPECT_NE(after, before);
  EXPECT_EQ(after.size(), before.size());
  EXPECT_EQ(keyring->find(owner_, 1).value().secret, first.secret);
  const Key fresh = other_process->ensure(TypeId("payer", {5})).value();
  EXPECT_EQ(open()->find(fresh.owner, 1).value().secret, fresh.secret);
  EXPECT_EQ(other_process->find(owner_, 1).value().secret, first.secret);
  EXPECT_EQ(open()->find(owner_, 1).value().secret, first.secret);
  EXPECT_TRUE(open()->find(owner_, 2));
  EXPECT_EQ(open()->find(erased, 1).error().reason, "erased");
  ASSERT_TRUE(write_file_durably(options_.master_key_file, as_bytes(before), 0600));
  EXPECT_EQ(open()->find(owner_, 1).error().reason, "key_unreadable");
}

/// As an end in the middle leaves it: the file of the master key has both, some keys are wrapped by each.
TEST_F(DirectoryKeyringTest, AReplacementThatStoppedHalfWayIsFinished) {
  const TypeId other("payer", {9});
  const Key one = open()->ensure(owner_).value();
  const std::string old_file = key_files().front().string();
  const Bytes wrapped_by_old = *read_file(old_file, 4096);
  const std::string old_master = std::string(as_text(*read_file(options_.master_key_file, 256)));
  const Key two = open()->ensure(other).value();
  ASSERT_TRUE(open()->rotate_master());
  const std::string new_master = std::string(as_text(*read_file(options_.master_key_file, 256)));
  ASSERT_TRUE(write_file_durably(old_file, wrapped_by_old, 0600));
  ASSERT_TRUE(
      write_file_durably(options_.master_key_file, as_bytes(new_master + old_master), 0600));

  const auto opened = DirectoryKeyring::open(options_, entropy_).value();
  EXPECT_NE(opened.notice, "");
  EXPECT_EQ(opened.keyring->find(owner_, 1).value().secret, one.secret);
  EXPECT_EQ(opened.keyring->find(other, 1).value().secret, two.secret);
  EXPECT_EQ(as_text(*read_file(options_.master_key_file, 256)), new_master);
  EXPECT_EQ(open()->find(owner_, 1).value().secret, one.secret);
}

TEST_F(DirectoryKeyringTest, DamagedAndSwappedFilesAreFound) {
  const TypeId other("payer", {9});
  ASSERT_TRUE(open()->ensure(owner_));
  const std::string file = key_files().front().string();
  ASSERT_TRUE(open()->ensure(other));
  for (const auto& path : key_files()) {
    if (path != file) fs::copy_file(file, path, fs::copy_options::overwrite_existing);
  }
  EXPECT_EQ(open()->find(other, 1).error().reason, "key_unreadable");
  fs::resize_file(file, 10);
  EXPECT_EQ(open()->find(owner_, 1).error().reason, "key_unreadable");
}

TEST_F(DirectoryKeyringTest, ErasureOutlivesTheProcessAndNeverReusesAVersion) {
  ASSERT_TRUE(open()->erase(owner_));
  const Key old = open()->ensure(owner_).value();
  ASSERT_TRUE(open()->erase(owner_));
  const auto keyring = open();
  EXPECT_EQ(keyring->find(owner_, 1).error().reason, "erased");
  const Key made = keyring->ensure(owner_).value();
  EXPECT_EQ(made.version, 2u);
  EXPECT_NE(made.secret, old.secret);
  EXPECT_EQ(keyring->find(owner_, 1).error().reason, "erased");
}

TEST_F(DirectoryKeyringTest, TwoKeyringsOnOneDirectoryAgree) {
  const auto left = open();
  const auto right = open();
  for (std::uint8_t i = 0; i < 20; ++i) {
    const TypeId id("payer", {i, 7});
    std::optional<Key> one;
    std::thread thread([&] { one = left->ensure(id).value(); });
    const Key two = right->ensure(id).value();
    thread.join();
    EXPECT_EQ(one->secret, two.secret);
  }
}

/// What one has in memory does not outlive an erasure by another for long.
TEST_F(DirectoryKeyringTest, AnErasureByAnotherProcessIsSeenSoon) {
  const auto left = open();
  const auto right = open();
  const TypeId id("payer", {9});
  const Key key = left->ensure(id).value();
  EXPECT_EQ(left->find(id, key.version).value().secret, key.secret);
  ASSERT_TRUE(right->erase(id));
  std::this_thread::sleep_for(DirectoryKeyring::kCheckedAgain);
  const auto gone = left->find(id, key.version);
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().reason, "erased");
  const Key next = left->ensure(id).value();
  EXPECT_GT(next.version, key.version);
  EXPECT_EQ(right->ensure(id).value().secret, next.secret);
}

}  // namespace
}  // namespace remit::codec
