#include "kit/base/check.h"
#include "kit/journal/heads/signed_head.h"

/// Any line is a head or damaged, and a head is written as a line that reads the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace remit::journal;
  const auto head = from_line({reinterpret_cast<const char*>(data), size});
  if (!head) return 0;
  const auto again = from_line(to_line(*head));
  CHECK(again && *again == *head, "{}", to_line(*head));
  return 0;
}
