#include "app/commands.h"
#include "kit/base/codec/json.h"

#include <cstdio>

namespace remit::app {
namespace {

int exit_code(const Error& error) {
  switch (error.code) {
    case ErrorCode::Unavailable:
    case ErrorCode::DeadlineExceeded:
    case ErrorCode::OutcomeUnknown:
      return 3;
    default:
      return 1;
  }
}

}  // namespace

int report(const Error& error, bool json, std::string_view remedy) {
  std::string text;
  if (json) {
    text = fmt::format("{{\"code\":{},\"detail\":{},\"field\":{}", codec::to_json(error.reason),
                       codec::to_json(error.message), codec::to_json(error.field));
    if (!remedy.empty()) text += ",\"remedy\":" + codec::to_json(std::string(remedy));
    text += "}\n";
  } else {
    text = fmt::format("remit: {}\n", error.describe());
    if (!remedy.empty()) text += fmt::format("What to do: {}\n", remedy);
  }
  std::fwrite(text.data(), 1, text.size(), stderr);
  return exit_code(error);
}

int report_misuse(const Error& error, bool json) {
  (void)report(error, json);
  return 2;
}

void print(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

}  // namespace remit::app
