#include "app/command_line/command_tree.h"

#include <algorithm>
#include <string_view>

namespace remit::app {
namespace {

/// CLI11 says what is allowed in the type's name alone: "TEXT:{open,redriven}".
std::vector<std::string> choices_in(std::string_view type) {
  const std::size_t from = type.find('{');
  const std::size_t to = type.rfind('}');
  std::vector<std::string> choices;
  if (from == std::string_view::npos || to == std::string_view::npos) return choices;
  std::string_view rest = type.substr(from + 1, to - from - 1);
  while (!rest.empty()) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    choices.emplace_back(rest.substr(0, comma));
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  return choices;
}

Argument argument_of(const CLI::Option& option) {
  Argument argument{.names = {},
                    .description = option.get_description(),
                    .choices = choices_in(option.get_type_name()),
                    .default_value = option.get_default_str(),
                    .variable = option.get_envname(),
                    .required = option.get_required()};
  for (const std::string& name : option.get_lnames()) argument.names.push_back("--" + name);
  for (const std::string& name : option.get_snames()) argument.names.push_back("-" + name);
  if (argument.names.empty()) argument.names.push_back(option.get_single_name());
  if (!option.get_positional() && option.get_items_expected_max() == 0) {
    argument.kind = ArgumentKind::Flag;
    argument.default_value.clear();
  } else if (!argument.choices.empty()) {
    argument.kind = ArgumentKind::Choice;
  } else if (option.get_type_name() == "FILE") {
    argument.kind = ArgumentKind::File;
  } else if (option.get_type_name() == "DIRECTORY") {
    argument.kind = ArgumentKind::Directory;
  }
  return argument;
}

Command command_of(const CLI::App& app, const std::string& above,
                   const std::vector<Argument>& inherited) {
  Command command{.path = above.empty() ? app.get_name() : above + " " + app.get_name(),
                  .name = app.get_name(),
                  .description = app.get_description(),
                  .options = {},
                  .positionals = {},
                  .commands = {}};
  std::vector<Argument> passed_on;
  for (const CLI::Option* option : app.get_options()) {
    Argument argument = argument_of(*option);
    if (option->get_positional()) {
      command.positionals.push_back(std::move(argument));
      continue;
    }
    // Help is everybody's own.
    const bool own_alone = option == app.get_help_ptr() || option == app.get_version_ptr();
    if (!own_alone) passed_on.push_back(argument);
    command.options.push_back(std::move(argument));
  }
  command.own_options = command.options.size();
  command.options.insert(command.options.end(), inherited.begin(), inherited.end());
  passed_on.insert(passed_on.end(), inherited.begin(), inherited.end());
  // Subcommands take over from their parent, when they are added, whether options fall through.
  for (const CLI::App* below : app.get_subcommands({})) {
    command.commands.push_back(command_of(
        *below, command.path, below->get_fallthrough() ? passed_on : std::vector<Argument>()));
  }
  return command;
}

}  // namespace

Command command_tree(const CLI::App& program) {
  return command_of(program, "", {});
}

std::vector<const Command*> all_commands(const Command& command) {
  std::vector<const Command*> all{&command};
  for (const Command& below : command.commands) {
    const std::vector<const Command*> more = all_commands(below);
    all.insert(all.end(), more.begin(), more.end());
  }
  return all;
}

}  // namespace remit::app
