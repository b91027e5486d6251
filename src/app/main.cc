#include "app/commands.h"
#include "kit/base/codec/json.h"

#include <cstdio>

int main(int argc, char** argv) {
  using namespace remit::app;  // NOLINT(google-build-using-namespace): the program's own folder
  CLI::App program("Account-to-account payments infrastructure: from an API call to settled money.",
                   "remit");
  program.require_subcommand(1);
  program.set_version_flag("--version", "remit 0.1.0");
  int exit = 0;
  add_serve(program, exit);
  add_sandbox(program, exit);
  add_demo(program, exit);
  add_verify(program, exit);
  add_approvals(program, exit);
  add_audit(program, exit);
  add_backup(program, exit);
  add_restore(program, exit);
  add_journal(program, exit);
  add_flows(program, exit);
  add_deadletters(program, exit);
  add_payments(program, exit);
  add_clients(program, exit);
  add_keys(program, exit);
  add_banks(program, exit);
  add_doctor(program, exit);
  add_limits(program, exit);
  add_sim(program, exit);
  add_bench(program, exit);
  add_validate(program, exit);
  add_documents(program, exit);
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = program.exit(error);
    return code == 0 ? 0 : 2;
  }
  return exit;
}
