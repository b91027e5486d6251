#pragma once

#include "kit/base/result.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <string>

/// The subcommands of `remit`, one file each. Each function adds its options and sets what runs; the exit code goes to
/// `exit`: 0 done, 1 failed, 2 wrong use.
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
void add_clients(CLI::App& program, int& exit);
void add_keys(CLI::App& program, int& exit);
void add_banks(CLI::App& program, int& exit);
void add_doctor(CLI::App& program, int& exit);
void add_limits(CLI::App& program, int& exit);
void add_sim(CLI::App& program, int& exit);
void add_bench(CLI::App& program, int& exit);
/// `remit openapi`, `remit asyncapi`, `remit errors`.
void add_documents(CLI::App& program, int& exit);
void add_validate(CLI::App& program, int& exit);

/// Says on standard error what went wrong, as JSON when asked for. Returns 1.
int report(const Error& error, bool json);
/// Of an act that may need a second person: says so when the answer is a request for approval. Returns 0.
int report_act(const std::string& answer, bool json);
/// Writes to standard output.
void print(std::string_view text);

}  // namespace remit::app
