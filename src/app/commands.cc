#include "app/commands.h"

namespace remit::app {

void add_commands(CLI::App& program, int& exit) {
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
  add_payers(program, exit);
  add_refunds(program, exit);
  add_webhooks(program, exit);
  add_clients(program, exit);
  add_keys(program, exit);
  add_banks(program, exit);
  add_doctor(program, exit);
  add_limits(program, exit);
  add_prove(program, exit);
  add_sim(program, exit);
  add_bench(program, exit);
  add_validate(program, exit);
  add_documents(program, exit);
  add_completion(program, exit);
}

void add_admin_options(CLI::App& command, std::string& data, bool& json) {
  command.fallthrough();
  command.add_option("--data", data, "Data directory of the server")
      ->type_name("DIRECTORY")
      ->capture_default_str();
  command.add_flag("--json", json, "Prints JSON");
}

}  // namespace remit::app
