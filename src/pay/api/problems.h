#pragma once

#include <span>
#include <string_view>
#include <vector>

/// The catalogue of problems: what each `code` of a problem document means and what the caller does about it. Owners keep
/// their own entries beside their endpoints and hand them to Gateway::explain.
namespace remit::api {

struct Operation;

struct ProblemKind {
  std::string_view code;
  int status = 0;
  std::string_view meaning;  ///< A sentence.
  std::string_view remedy;   ///< What to do: a sentence.
};

/// Those that no owner of an operation need name: of the HTTP server, the gateway, the engine and the reader of JSON.
std::span<const ProblemKind> shared_problems();

/// Every code that the operation may answer with: its own, and those that its key, its body, its query and its ways bring.
std::vector<std::string_view> problem_codes(const Operation& operation);

}  // namespace remit::api
