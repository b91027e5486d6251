#include "app/commands.h"
#include "kit/base/codec/json.h"

#include <cstdio>

namespace remit::app {

int report(const Error& error, bool json) {
  const std::string text =
      json ? fmt::format("{{\"code\":{},\"detail\":{},\"field\":{}}}\n",
                         codec::to_json(error.reason), codec::to_json(error.message),
                         codec::to_json(error.field))
           : fmt::format("remit: {}{}\n", error.describe(),
                         error.field.empty() ? "" : fmt::format(" (at {})", error.field));
  std::fwrite(text.data(), 1, text.size(), stderr);
  return 1;
}

void print(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

}  // namespace remit::app
