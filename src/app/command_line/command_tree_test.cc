#include "app/command_line/command_tree.h"

#include "app/command_line/completion.h"
#include "app/commands.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <set>

namespace remit::app {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class TheCommandTree : public testing::Test {
 protected:
  TheCommandTree() : program_("", "remit") {
    add_commands(program_, exit_);
    tree_ = command_tree(program_);
  }
  const Command& at(const std::string& path) {
    const auto all = all_commands(tree_);
    const auto found = std::ranges::find(all, path, &Command::path);
    EXPECT_NE(found, all.end()) << path;
    return found == all.end() ? tree_ : **found;
  }
  static std::vector<std::string> names(const Command& command) {
    std::vector<std::string> names;
    for (const Argument& option : command.options) names.push_back(option.names.front());
    return names;
  }

  int exit_ = 0;
  CLI::App program_;
  Command tree_;
};

TEST_F(TheCommandTree, KnowsWhatOptionsTakeAndWhereTheyMayStand) {
  const Command& list = at("remit payments list");
  EXPECT_THAT(names(list), Contains("--needs-operator"));
  EXPECT_THAT(names(list), Contains("--url"));  // Of `remit payments`.
  EXPECT_THAT(names(at("remit webhooks deliveries list")), Contains("--json"));
  EXPECT_THAT(names(at("remit verify")), Not(Contains("--url")));
  const auto status = std::ranges::find(at("remit webhooks deliveries list").options, "--status",
                                        [](const Argument& o) { return o.names.front(); });
  EXPECT_EQ(status->kind, ArgumentKind::Choice);
  EXPECT_THAT(status->choices, ElementsAre("pending", "retrying", "delivered", "failed"));
  EXPECT_EQ(at("remit completion").positionals.front().kind, ArgumentKind::Choice);
}

TEST_F(TheCommandTree, EveryCommandAndOptionSaysWhatItIs) {
  for (const Command* command : all_commands(tree_)) {
    EXPECT_FALSE(command != &tree_ && command->description.empty()) << command->path;
    for (const Argument& option : command->options) {
      EXPECT_FALSE(option.description.empty()) << command->path << " " << option.names.front();
    }
    for (const Argument& positional : command->positionals) {
      EXPECT_FALSE(positional.description.empty()) << command->path;
    }
  }
}

/// Whatever a program may want to read is there as JSON.
TEST_F(TheCommandTree, WhatPrintsAnythingPrintsJson) {
  const std::set<std::string, std::less<>> otherwise = {
      "remit serve",         // Its log has a format of its own.
      "remit sim",           // Lines that name seeds.
      "remit journal dump",  // Lines of JSON always.
      "remit journal tail",  // The same.
      "remit openapi",       // JSON always.
      "remit asyncapi",      // The same.
      "remit errors",        // A document.
      "remit reference",     // The same.
      "remit completion"};   // A script.
  for (const Command* command : all_commands(tree_)) {
    if (!command->commands.empty() || otherwise.contains(command->path)) continue;
    EXPECT_THAT(names(*command), Contains("--json")) << command->path;
  }
}

/// An API key is a secret, and command lines are not.
TEST_F(TheCommandTree, NoOptionTakesASecret) {
  for (const Command* command : all_commands(tree_)) {
    for (const std::string& name : names(*command)) {
      EXPECT_THAT(name, Not(testing::AnyOf("--key", "--api-key", "--secret", "--password")));
    }
  }
}

TEST_F(TheCommandTree, EveryScriptKnowsEveryCommand) {
  for (const std::string& script :
       {bash_completion(tree_), zsh_completion(tree_), fish_completion(tree_)}) {
    for (const Command* command : all_commands(tree_)) {
      if (command == &tree_) continue;
      EXPECT_THAT(script, HasSubstr(command->path));
    }
  }
}

}  // namespace
}  // namespace remit::app
