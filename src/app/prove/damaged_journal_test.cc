#include "app/prove/damaged_journal.h"

#include <gtest/gtest.h>

#include <unistd.h>

namespace remit::app {
namespace {

class DamagedJournalTest : public testing::Test {
 protected:
  ~DamagedJournalTest() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("remit-damage-" + std::to_string(::getpid()));
};

TEST_F(DamagedJournalTest, damages_are_found_or_change_nothing_that_is_read) {
  const auto tally = prove_damages(folder, 1024 * 1024, 300, 1);
  ASSERT_TRUE(tally) << tally.error().describe();
  EXPECT_TRUE(tally->wrong.empty()) << tally->wrong.front();
  EXPECT_EQ(tally->found + tally->harmless, 300U);
  EXPECT_GT(tally->found, 250U) << "of a file that is full of what is read";
  for (const char* kind : {"bit found", "byte found", "sector found", "cut found", "swap found"}) {
    EXPECT_GT(tally->classes.count(kind), 0U) << kind;
  }
}

TEST_F(DamagedJournalTest, another_journal_whose_chain_holds_is_not_taken_for_this_one) {
  auto journal = *DamagedJournal::write(folder / "one", 1024 * 1024, 1);
  ASSERT_EQ(journal.look().verdict, DamageVerdict::Harmless);
  const auto other = *DamagedJournal::write(folder / "other", 1024 * 1024, 2);
  for (const char* name : {"journal.db", "journal.db-index"}) {
    std::filesystem::copy_file(folder / "other" / name, folder / "one" / name,
                               std::filesystem::copy_options::overwrite_existing);
  }
  EXPECT_EQ(journal.look().what, "signed_head") << "its chain holds; only what was signed tells";
}

}  // namespace
}  // namespace remit::app
