#pragma once

#include "kit/base/result.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <string>

/// The subcommands of `remit`, one file each. Each function adds its options and sets what runs; the exit code goes to
/// `exit`: 0 done, 1 refused or failed, 2 wrong use, 3 the other side cannot be reached or it is not known what became of it.
namespace remit::app {

void add_serve(CLI::App& program, int& exit);
void add_sandbox(CLI::App& program, int& exit);
void add_demo(CLI::App& program, int& exit);
void add_verify(CLI::App& program, int& exit);
void add_approvals(CLI::App& program, int& exit);
void add_audit(CLI::App& program, int& exit);
void add_backup(CLI::App& program, int& exit);
void add_restore(CLI::App& program, int& exit);
void add_journal(CLI::App& program, int& exit);
void add_flows(CLI::App& program, int& exit);
void add_deadletters(CLI::App& program, int& exit);
void add_payments(CLI::App& program, int& exit);
void add_payers(CLI::App& program, int& exit);
void add_refunds(CLI::App& program, int& exit);
void add_webhooks(CLI::App& program, int& exit);
void add_clients(CLI::App& program, int& exit);
void add_keys(CLI::App& program, int& exit);
void add_banks(CLI::App& program, int& exit);
void add_doctor(CLI::App& program, int& exit);
void add_limits(CLI::App& program, int& exit);
void add_prove(CLI::App& program, int& exit);
void add_sim(CLI::App& program, int& exit);
void add_bench(CLI::App& program, int& exit);
/// `remit openapi`, `remit asyncapi`, `remit errors`, `remit reference`.
void add_documents(CLI::App& program, int& exit);
void add_validate(CLI::App& program, int& exit);
void add_completion(CLI::App& program, int& exit);
/// All of them.
void add_commands(CLI::App& program, int& exit);

/// --data and --json, of commands that ask a running server by its local socket; also behind their subcommands.
void add_admin_options(CLI::App& command, std::string& data, bool& json);

/// Says on standard error what went wrong and what to do, as JSON when asked for. Returns the exit code: 3 when nobody was
/// reached or the outcome is not known, else 1.
int report(const Error& error, bool json, std::string_view remedy = {});
/// The same of a command that cannot be meant so. Returns 2.
int report_misuse(const Error& error, bool json);
/// Of an act that may need a second person: says so when the answer is a request for approval. Returns 0.
int report_act(const std::string& answer, bool json);
/// Writes to standard output.
void print(std::string_view text);

}  // namespace remit::app
