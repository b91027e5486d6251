#include "kit/base/check.h"
#include "kit/base/codec/codec.h"
#include "kit/base/codec/json.h"
#include "kit/base/codec/sample_test.h"

/// Any bytes decode or are refused; and what was decoded encodes to bytes that decode to the same value, and to JSON that can
/// be read.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace remit;
  using codec::sample::Everything;
  const ByteView bytes = std::as_bytes(std::span(data, size));

  if (const auto value = codec::decode<Everything>(bytes)) {
    const auto again = codec::decode<Everything>(codec::encode(*value));
    CHECK(again && *again == *value);
    const std::string text = codec::to_json(*value);
    CHECK(codec::from_json<codec::RawJson>(text), "{}", text);
  }
  if (const auto tree = codec::decode<codec::sample::Tree>(bytes)) {
    const auto again = codec::decode<codec::sample::Tree>(codec::encode(*tree));
    CHECK(again && *again == *tree);
  }
  return 0;
}
