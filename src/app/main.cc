#include "app/commands.h"

#include <cstdio>

int main(int argc, char** argv) {
  using namespace remit::app;  // NOLINT(google-build-using-namespace): the program's own folder
  CLI::App program("Account-to-account payments infrastructure: from an API call to settled money.",
                   "remit");
  program.require_subcommand(1);
  program.set_version_flag("--version", "remit 0.1.0");
  int exit = 0;
  add_commands(program, exit);
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = program.exit(error);
    return code == 0 ? 0 : 2;
  }
  return exit;
}
