#include "app/command_line/completion.h"

#include "app/commands.h"

/// `remit completion`: made of the commands themselves, so that it knows them all.
namespace remit::app {

void add_completion(CLI::App& program, int& exit) {
  auto shell = std::make_shared<std::string>();
  CLI::App* command =
      program.add_subcommand("completion", "Prints a script that completes words in a shell.");
  command->add_option("shell", *shell, "Which")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  command->callback([shell, &program, &exit] {
    const Command tree = command_tree(program);
    print(*shell == "bash"  ? bash_completion(tree)
          : *shell == "zsh" ? zsh_completion(tree)
                            : fish_completion(tree));
    exit = 0;
  });
}

}  // namespace remit::app
