#include "kit/engine/engines.h"

#include "kit/base/manual_host.h"
#include "kit/engine/memory/memory_checkpoint_store.h"
#include "kit/engine/tally_test.h"
#include "kit/journal/memory/memory_journal.h"

#include <gtest/gtest.h>

#include <map>

namespace remit::engine {
namespace {

class Directory final : public PartitionDirectory {
 public:
  std::optional<journal::PartitionId> find(const ClientId& client) const override {
    const auto found = homes.find(client);
    return found == homes.end() ? std::nullopt : std::optional(found->second);
  }
  std::map<ClientId, journal::PartitionId> homes;
};

class EnginesTest : public testing::Test {
 protected:
  void open(std::size_t client_partitions) {
    tally::register_all(registry_);
    Engines::Options options;
    options.client_partitions = client_partitions;
    auto opened = Engines::open(registry_, {journal_, checkpoints_, host_}, options);
    ASSERT_TRUE(opened);
    engines_ = *std::move(opened);
    engines_->set_directory(directory_);
    engines_->start();
  }
  void TearDown() override { engines_->stop(); }
  int add(Engine& engine) {
    CommandContext context;
    context.command = TypeId("cmd", {1});
    engine.submit(context, tally::Add{TypeId("ctr", {1}), 1},
                  [this](Result<Answered> answer) { answers_ += answer ? 1 : 0; });
    host_.step_until_idle();
    return answers_;
  }

  ManualHost host_{1};
  journal::MemoryJournal journal_;
  MemoryCheckpointStore checkpoints_;
  Registry registry_;
  Directory directory_;
  std::unique_ptr<Engines> engines_;
  int answers_ = 0;
};

const ClientId kAnn{"cli", {1}};
const ClientId kBob{"cli", {2}};

TEST_F(EnginesTest, with_one_client_partition_every_client_lives_there) {
  open(1);
  EXPECT_EQ(engines_->of(kAnn).partition(), journal::PartitionId(1));
  EXPECT_EQ(engines_->of({}).partition(), Engines::kSystem);
  EXPECT_EQ(&engines_->system(), engines_->find(Engines::kSystem));
  EXPECT_EQ(engines_->find(journal::PartitionId(2)), nullptr);
}

TEST_F(EnginesTest, with_several_the_directory_says_where) {
  open(3);
  directory_.homes = {{kAnn, journal::PartitionId(3)}, {kBob, journal::PartitionId(1)}};
  EXPECT_EQ(engines_->of(kAnn).partition(), journal::PartitionId(3));
  EXPECT_EQ(engines_->of(kBob).partition(), journal::PartitionId(1));
}

TEST_F(EnginesTest, a_new_client_goes_to_the_least_loaded) {
  open(2);
  EXPECT_EQ(engines_->least_loaded(), journal::PartitionId(1));
  EXPECT_EQ(add(*engines_->find(journal::PartitionId(1))), 1);
  EXPECT_EQ(engines_->least_loaded(), journal::PartitionId(2));
}

TEST_F(EnginesTest, drain_ends_when_every_engine_is_done) {
  open(2);
  bool drained = false;
  engines_->drain([&] { drained = true; });
  host_.step_until_idle();
  EXPECT_TRUE(drained);
  EXPECT_EQ(add(engines_->system()), 0);
}

}  // namespace
}  // namespace remit::engine
