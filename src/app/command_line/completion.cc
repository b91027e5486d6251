#include "app/command_line/completion.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>

namespace remit::app {
namespace {

/// In single quotes, which every shell reads alike but for the quote itself.
std::string in_quotes(std::string_view text) {
  std::string result = "'";
  for (const char c : text) {
    if (c == '\'') {
      result += "'\\''";
    } else {
      result += c == '\n' ? ' ' : c;
    }
  }
  return result + "'";
}

/// The first sentence: what fits beside a word.
std::string_view brief(std::string_view text) {
  const std::size_t end = text.find_first_of(".;:");
  return text.substr(0, end);
}

/// What an argument's values are made by, in the words of the functions below.
std::string values_of(const Argument& argument) {
  switch (argument.kind) {
    case ArgumentKind::Choice:
      return fmt::format("words {}", fmt::join(argument.choices, " "));
    case ArgumentKind::File:
      return "files";
    case ArgumentKind::Directory:
      return "directories";
    default:
      return "nothing";
  }
}

/// `case "$1" in` lines that print, for the path of a command, what stands behind it.
template <class Text>
std::string table_of(const Command& program, std::string_view name, Text text) {
  std::string table = fmt::format("{}() {{\n  case \"$1\" in\n", name);
  for (const Command* command : all_commands(program)) {
    const std::string line = text(*command);
    if (!line.empty()) table += fmt::format("    {}) {} ;;\n", in_quotes(command->path), line);
  }
  return table + "  esac\n}\n";
}

/// `case "$1 $2" in`: how the value of an option of a command is completed; an option without one is not there.
std::string table_of_values(const Command& program) {
  std::string table = "_remit_value() {\n  case \"$1 $2\" in\n";
  for (const Command* command : all_commands(program)) {
    for (const Argument& option : command->options) {
      if (option.kind == ArgumentKind::Flag) continue;
      std::vector<std::string> patterns;
      for (const std::string& name : option.names) {
        patterns.push_back(in_quotes(command->path + " " + name));
      }
      table += fmt::format("    {}) echo {} ;;\n", fmt::join(patterns, "|"),
                           in_quotes(values_of(option)));
    }
  }
  return table + "  esac\n}\n";
}

std::string words(const std::vector<std::string>& names) {
  return names.empty()
             ? ""
             : fmt::format("echo {}", in_quotes(fmt::format("{}", fmt::join(names, " "))));
}

/// Bash and zsh share these: both read them alike.
std::string shared_tables(const Command& program) {
  return table_of(program, "_remit_commands",
                  [](const Command& command) {
                    std::vector<std::string> names;
                    for (const Command& below : command.commands) names.push_back(below.name);
                    return words(names);
                  }) +
         table_of(program, "_remit_options",
                  [](const Command& command) {
                    std::vector<std::string> names;
                    for (const Argument& option : command.options) {
                      names.insert(names.end(), option.names.begin(), option.names.end());
                    }
                    return words(names);
                  }) +
         table_of(program, "_remit_argument",
                  [](const Command& command) -> std::string {
                    if (command.positionals.empty()) return "";
                    const std::string values = values_of(command.positionals.front());
                    return values == "nothing" ? "" : "echo " + in_quotes(values);
                  }) +
         table_of_values(program);
}

constexpr std::string_view kBash = R"sh(
# Which command the words so far name, and whether the next one is an option's value.
_remit() {
  local word=${COMP_WORDS[COMP_CWORD]} path=remit value='' i next
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    next=${COMP_WORDS[i]}
    if [ -n "$value" ]; then
      [ "$next" = '=' ] || value=''
      continue
    fi
    case $next in
      -*) value=$(_remit_value "$path" "$next") ;;
      *) case " $(_remit_commands "$path") " in *" $next "*) path="$path $next" ;; esac ;;
    esac
  done
  [ "$word" = '=' ] && word=''
  if [ -z "$value" ]; then
    case $word in
      -*) value="words $(_remit_options "$path")" ;;
      *) value=$(_remit_commands "$path")
        value=${value:+words $value}
        value=${value:-$(_remit_argument "$path")} ;;
    esac
  fi
  case $value in
    words*) mapfile -t COMPREPLY < <(compgen -W "${value#words}" -- "$word") ;;
    files) mapfile -t COMPREPLY < <(compgen -f -- "$word"); compopt -o filenames 2>/dev/null || : ;;
    directories) mapfile -t COMPREPLY < <(compgen -d -- "$word"); compopt -o filenames 2>/dev/null || : ;;
  esac
  return 0
}
complete -F _remit remit
)sh";

constexpr std::string_view kZsh = R"sh(
# Which command the words so far name, and whether the next one is an option's value.
_remit() {
  local word=$words[CURRENT] command_path=remit value='' next i
  for ((i = 2; i < CURRENT; i++)); do
    next=$words[i]
    if [[ -n $value ]]; then
      value=''
      continue
    fi
    case $next in
      --*=*) ;;
      -*) value=$(_remit_value "$command_path" "$next") ;;
      *) case " $(_remit_commands "$command_path") " in *" $next "*) command_path="$command_path $next" ;; esac ;;
    esac
  done
  if [[ -z $value ]]; then
    case $word in
      --*=*) value=$(_remit_value "$command_path" "${word%%=*}"); compset -P '*=' ;;
      -*) value="words $(_remit_options "$command_path")" ;;
      *) value=$(_remit_commands "$command_path")
        value=${value:+words $value}
        value=${value:-$(_remit_argument "$command_path")} ;;
    esac
  fi
  case $value in
    words*) compadd -- ${=value#words} ;;
    files) _files ;;
    directories) _files -/ ;;
  esac
}
if [ "$funcstack[1]" = _remit ]; then _remit "$@"; else compdef _remit remit; fi
)sh";

constexpr std::string_view kFish = R"sh(
# True when the words so far name this command.
function __remit_at
    set -l path remit
    set -l skip 0
    for word in (commandline -opc)[2..]
        if test $skip = 1
            set skip 0
            continue
        end
        if contains -- "$path $word" $__remit_paths
            set path "$path $word"
        else if contains -- "$path $word" $__remit_values
            set skip 1
        end
    end
    test "$path" = "$argv[1]"
end
complete -c remit -f
)sh";

void add_values(std::string& line, const Argument& argument) {
  if (argument.kind == ArgumentKind::Choice) {
    line +=
        fmt::format(" -x -a {}", in_quotes(fmt::format("{}", fmt::join(argument.choices, " "))));
  } else if (argument.kind == ArgumentKind::Directory) {
    line += " -x -a '(__fish_complete_directories)'";
  } else if (argument.kind == ArgumentKind::File) {
    line += " -r -F";
  } else if (argument.kind == ArgumentKind::Text) {
    line += " -x";
  }
}

/// Fish reads \ in single quotes; nothing that it is given here has one but for a quote.
std::string fish_lines(const Command& command) {
  const std::string at = fmt::format("complete -c remit -n {}",
                                     in_quotes(fmt::format("__remit_at \"{}\"", command.path)));
  std::string lines;
  for (const Command& below : command.commands) {
    lines += fmt::format("{} -a {} -d {}\n", at, below.name, in_quotes(brief(below.description)));
  }
  for (const Argument& option : command.options) {
    std::string line = at;
    for (const std::string& name : option.names) {
      line += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
    }
    add_values(line, option);
    lines += fmt::format("{} -d {}\n", line, in_quotes(brief(option.description)));
  }
  if (!command.positionals.empty() && command.positionals.front().kind != ArgumentKind::Text) {
    std::string line = at;
    add_values(line, command.positionals.front());
    lines += line + "\n";
  }
  return lines;
}

std::string header(std::string_view shell) {
  return fmt::format("# Completion of remit for {0}: printed by `remit completion {0}`.\n", shell);
}

}  // namespace

std::string bash_completion(const Command& program) {
  return header("bash") + shared_tables(program) + std::string(kBash);
}

std::string zsh_completion(const Command& program) {
  return "#compdef remit\n" + header("zsh") + shared_tables(program) + std::string(kZsh);
}

std::string fish_completion(const Command& program) {
  std::string paths;
  std::string values;
  std::string lines;
  for (const Command* command : all_commands(program)) {
    if (command != &program) paths += " " + in_quotes(command->path);
    for (const Argument& option : command->options) {
      if (option.kind == ArgumentKind::Flag) continue;
      for (const std::string& name : option.names)
        values += " " + in_quotes(command->path + " " + name);
    }
    lines += fish_lines(*command);
  }
  return fmt::format("{}set -g __remit_paths{}\nset -g __remit_values{}\n{}{}", header("fish"),
                     paths, values, kFish, lines);
}

}  // namespace remit::app
