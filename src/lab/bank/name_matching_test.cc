#include "lab/bank/name_matching.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string_view>

namespace remit::lab::bank {
namespace {

struct Case {
  std::string_view asked;
  std::string_view held;
};

void expect(NameMatch match, std::initializer_list<Case> cases) {
  for (const Case& one : cases) {
    EXPECT_EQ(compare_names(one.asked, one.held), match) << one.asked << " / " << one.held;
    EXPECT_EQ(compare_names(one.held, one.asked), match) << one.held << " / " << one.asked;
  }
}

TEST(NameMatching, WhatMakesNoDifference) {
  expect(NameMatch::Match, {{"Fern & Sons Ltd", "FERN AND SONS LIMITED"},
                            {"Fern & Sons Ltd.", "fern  & sons, ltd"},
                            {"Margaret O'Neill", "Dr Margaret ONeill"},
                            {"Mr Omar Haddad", "omar haddad"},
                            {"Zoë Brontë-Hughes", "ZOE BRONTE HUGHES"},
                            {"The Oak Company", "the oak co"},
                            {"李明", "李明"}});
}

TEST(NameMatching, WhatIsClose) {
  expect(NameMatch::Close, {{"M O'Neill", "Margaret O'Neill"},
                            {"M. A. O'Neill", "Margaret Anne O'Neill"},
                            {"Margaret O'Neill", "Margaret Anne O'Neill"},
                            {"Haddad, Omar", "Omar Haddad"},
                            {"Omar Hadad", "Omar Haddad"},
                            {"Omar Haddat", "Omar Haddad"},
                            {"Xmar Haddad", "Omar Haddad"},
                            {"Fern & Sons", "Fern & Sons Ltd"},
                            {"Fern & Sons plc", "Fern & Sons Ltd"}});
}

TEST(NameMatching, WhatIsAnother) {
  expect(NameMatch::None, {{"Omar Haddad", "Priya Raman"},
                           {"Omar Raman", "Omar Haddad"},
                           {"Haddad", "Omar Haddad"},
                           {"Olga Haddad", "Omar Haddad"},
                           {"Omer Hadad", "Omar Haddad"},
                           {"Margaret Brown O'Neill", "Margaret Anne O'Neill"},
                           {"", "Omar Haddad"},
                           {"Mr", "Omar Haddad"},
                           {"&-'", "Omar Haddad"},
                           {"李明", "王芳"}});
}

}  // namespace
}  // namespace remit::lab::bank
