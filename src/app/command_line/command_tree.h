#pragma once

#include <CLI/App.hpp>

#include <string>
#include <vector>

/// The command line as it describes itself: what completion and reference are made of.
namespace remit::app {

/// What an option or a positional argument may be.
enum class ArgumentKind : std::uint8_t {
  Flag,       ///< No value.
  Text,       ///< Any.
  Choice,     ///< One of `choices`.
  File,       ///< A path.
  Directory,  ///< A path.
};

struct Argument {
  std::vector<std::string> names;  ///< "--json"; of a positional one its name without dashes.
  std::string description;
  ArgumentKind kind = ArgumentKind::Text;
  std::vector<std::string> choices;
  std::string default_value;
  std::string variable;  ///< Of the environment, which sets it as well.
  bool required = false;
};

struct Command {
  std::string path;  ///< "remit payments list"
  std::string name;  ///< "list"
  std::string description;
  /// Its own, then those of the commands above it that may also stand behind it.
  std::vector<Argument> options;
  std::size_t own_options = 0;  ///< The first so many are its own.
  std::vector<Argument> positionals;
  std::vector<Command> commands;
};

/// Of the program and all below it, in the order in which they were added.
Command command_tree(const CLI::App& program);

/// Of the command and all below it, a command before its own.
std::vector<const Command*> all_commands(const Command& command);

}  // namespace remit::app
