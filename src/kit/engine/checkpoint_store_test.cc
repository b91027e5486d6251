#include "kit/engine/checkpoint_store.h"

#include "kit/engine/memory/memory_checkpoint_store.h"
#include "kit/engine/sqlite/sqlite_checkpoint_store.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <unistd.h>

namespace remit::engine {
namespace {

using journal::Position;
using journal::Version;

constexpr journal::PartitionId kOne{1};
constexpr journal::PartitionId kTwo{2};

/// What every driver of the port must do.
class CheckpointStoreTest : public testing::TestWithParam<std::string> {
 protected:
  CheckpointStoreTest() {
    static int count = 0;
    directory_ = std::filesystem::temp_directory_path() /
                 fmt::format("remit-checkpoints-{}-{}", ::getpid(), ++count);
    std::filesystem::create_directories(directory_);
    open();
  }
  ~CheckpointStoreTest() override {
    store_.reset();
    std::filesystem::remove_all(directory_);
  }
  void open() {
    if (GetParam() == "memory") {
      if (!store_) store_ = std::make_unique<MemoryCheckpointStore>();
      return;
    }
    store_.reset();
    auto opened = SqliteCheckpointStore::open(directory_ / "states.db");
    ASSERT_TRUE(opened) << opened.error().describe();
    store_ = *std::move(opened);
  }
  static TypeId id(std::string_view prefix, std::uint8_t number) {
    TypeId::Uuid uuid{};
    uuid[15] = number;
    return TypeId(prefix, uuid);
  }
  static StoredEntity entity(std::uint8_t number, std::string_view state) {
    return {id("acc", number), Version(number), to_bytes(state)};
  }
  static CheckpointMark mark(std::uint64_t sequence) {
    CheckpointMark made{journal::Sequence(sequence),
                        Position(sequence * 10),
                        Timestamp(std::chrono::seconds(sequence)),
                        {}};
    made.chain[31] = std::byte{7};
    return made;
  }
  std::optional<std::string> state(journal::PartitionId partition, const TypeId& of) {
    const auto found = store_->load(partition, of);
    EXPECT_TRUE(found) << found.error().describe();
    if (!*found) return std::nullopt;
    return std::string(as_text(*(*found)->state));
  }

  std::filesystem::path directory_;
  std::unique_ptr<CheckpointStore> store_;
};

TEST_P(CheckpointStoreTest, is_empty_at_first) {
  EXPECT_EQ(store_->latest(kOne)->sequence, journal::Sequence(0));
  EXPECT_EQ(state(kOne, id("acc", 1)), std::nullopt);
  EXPECT_TRUE(store_->scan(kOne, "acc", {}, 10)->empty());
}

TEST_P(CheckpointStoreTest, keeps_mark_and_states_over_a_reopening) {
  ASSERT_TRUE(store_->save(kOne, mark(3), {entity(1, "one"), entity(2, "")}));
  ASSERT_TRUE(store_->save(kTwo, mark(9), {entity(1, "other")}));
  open();
  const auto latest = *store_->latest(kOne);
  EXPECT_EQ(latest.sequence, journal::Sequence(3));
  EXPECT_EQ(latest.position, Position(30));
  EXPECT_EQ(latest.time, Timestamp(std::chrono::seconds(3)));
  EXPECT_EQ(latest.chain, mark(3).chain);
  EXPECT_EQ(state(kOne, id("acc", 1)), "one");
  EXPECT_EQ(state(kOne, id("acc", 2)), "");
  EXPECT_EQ(state(kTwo, id("acc", 1)), "other");
  EXPECT_EQ((*store_->load(kOne, id("acc", 2)))->version, Version(2));
}

TEST_P(CheckpointStoreTest, a_later_save_replaces_and_removes) {
  ASSERT_TRUE(store_->save(kOne, mark(1), {entity(1, "one"), entity(2, "two")}));
  ASSERT_TRUE(store_->save(kOne, mark(2),
                           {entity(1, "changed"), {id("acc", 2), Version(3), std::nullopt}}));
  EXPECT_EQ(state(kOne, id("acc", 1)), "changed");
  EXPECT_EQ(state(kOne, id("acc", 2)), std::nullopt);
  EXPECT_EQ(store_->latest(kOne)->sequence, journal::Sequence(2));
}

TEST_P(CheckpointStoreTest, an_overtaken_writer_moves_nothing_back) {
  ASSERT_TRUE(store_->save(kOne, mark(5), {entity(1, "new")}));
  const auto late = store_->save(kOne, mark(4), {entity(1, "old"), entity(2, "old")});
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, ErrorCode::Fenced);
  EXPECT_EQ(late.error().reason, "partition_fenced");
  EXPECT_EQ(store_->latest(kOne)->sequence, journal::Sequence(5));
  EXPECT_EQ(state(kOne, id("acc", 1)), "new");
  EXPECT_EQ(state(kOne, id("acc", 2)), std::nullopt);
  EXPECT_TRUE(store_->save(kOne, mark(5), {entity(2, "again")})) << "the same mark is no step back";
  ASSERT_TRUE(store_->clear(kOne));
  EXPECT_TRUE(store_->save(kOne, mark(1), {})) << "what was cleared begins again";
}

TEST_P(CheckpointStoreTest, scans_one_prefix_in_order_page_by_page) {
  std::vector<StoredEntity> all;
  for (std::uint8_t i = 10; i > 0; --i) all.push_back(entity(i, "x"));
  all.push_back({id("abc", 1), Version(1), to_bytes("y")});
  all.push_back({id("tmr", 1), Version(1), to_bytes("y")});
  ASSERT_TRUE(store_->save(kOne, mark(1), all));
  std::vector<std::uint8_t> seen;
  TypeId after;
  while (true) {
    const auto page = *store_->scan(kOne, "acc", after, 4);
    if (page.empty()) break;
    for (const auto& stored : page) seen.push_back(stored.id.uuid()[15]);
    after = page.back().id;
  }
  EXPECT_EQ(seen, (std::vector<std::uint8_t>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}));
}

TEST_P(CheckpointStoreTest, clear_forgets_one_partition) {
  ASSERT_TRUE(store_->save(kOne, mark(1), {entity(1, "one")}));
  ASSERT_TRUE(store_->save(kTwo, mark(1), {entity(1, "two")}));
  ASSERT_TRUE(store_->clear(kOne));
  EXPECT_EQ(store_->latest(kOne)->sequence, journal::Sequence(0));
  EXPECT_EQ(state(kOne, id("acc", 1)), std::nullopt);
  EXPECT_EQ(state(kTwo, id("acc", 1)), "two");
}

INSTANTIATE_TEST_SUITE_P(Drivers, CheckpointStoreTest, testing::Values("memory", "sqlite"),
                         [](const auto& driver) { return driver.param; });

}  // namespace
}  // namespace remit::engine
