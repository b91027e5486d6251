#include "pay/api/error_catalogue.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace remit::api {
namespace {

constexpr std::string_view kHead = R"(# Problems

Written by `remit errors` from the code; `remit errors >docs/errors.md` refreshes it.

Whatever goes wrong is answered as `application/problem+json` (RFC 9457):

```json
{"type": "about:blank", "title": "Not Found", "status": 404, "code": "payment_not_found",
 "detail": "No payment pay_01h455vb4pex5vsknk084sn02q exists; check the id.", "field": "id"}
```

`code` is stable and for programs. `detail` is for people and says what to do. `field` names the member, parameter or
header that is wrong, when there is one. A refusal by the rules is kept under the request's `Idempotency-Key` like any
other answer; a request that could not be read, and 503, are not. After 503, 504, or no answer at all, send the same
request again with the same key: it happens once.
)";

constexpr std::size_t kOperationsNamedMax = 6;

/// Where it may come from, in the words of the document.
std::string where(const ProblemKind& kind, const Gateway& gateway) {
  std::vector<std::string> ids;
  for (const Operation& operation : gateway.operations()) {
    const std::vector<std::string_view> codes = problem_codes(operation);
    if (std::ranges::find(codes, kind.code) != codes.end()) {
      ids.push_back(fmt::format("`{}`", operation.id));
    }
  }
  if (ids.empty()) return "anything";
  if (ids.size() > kOperationsNamedMax) return fmt::format("{} operations", ids.size());
  return fmt::to_string(fmt::join(ids, ", "));
}

std::string table_of(std::span<const OtherProblem> problems) {
  std::string text = "| code | what it means | what to do | met by |\n|---|---|---|---|\n";
  for (const OtherProblem& problem : problems) {
    text += fmt::format("| `{}` | {} | {} | {} |\n", problem.code, problem.meaning, problem.remedy,
                        problem.met_by);
  }
  return text;
}

}  // namespace

std::string error_catalogue(const Gateway& gateway, std::span<const OtherProblem> others,
                            std::span<const OtherProblem> of_banks) {
  std::map<int, std::map<std::string_view, const ProblemKind*>> by_status;
  for (const ProblemKind& kind : gateway.problems()) by_status[kind.status][kind.code] = &kind;
  std::string text(kHead);
  for (const auto& [status, kinds] : by_status) {
    text += fmt::format("\n## {} {}\n\n| code | what it means | what to do | answered by |\n",
                        status, net::status_text(status));
    text += "|---|---|---|---|\n";
    for (const auto& [code, kind] : kinds) {
      text += fmt::format("| `{}` | {} | {} | {} |\n", code, kind->meaning, kind->remedy,
                          where(*kind, gateway));
    }
  }
  text +=
      "\n## Beside the API\n\nCodes of the command line, of pages for payers, of dead letters and "
      "logs.\n\n";
  text += table_of(others);
  text +=
      "\n## Reasons of banks\n\nWhy a payment was refused, is held or tried again: `reason.code` "
      "of the payment, and\n`remit flows troubles`. No money has moved unless the payment says "
      "so. Of a payee verification: `unavailable_reason`.\n\n";
  text += table_of(of_banks);
  return text;
}

}  // namespace remit::api
