#include "kit/base/check.h"
#include "kit/base/codec/json.h"
#include "kit/base/codec/json_document.h"
#include "kit/base/codec/json_writer.h"
#include "kit/base/codec/sample_test.h"

namespace {

std::string written_again(const remit::codec::JsonDocument& document) {
  remit::codec::JsonWriter writer;
  remit::codec::write_node(writer, document.root());
  return writer.take();
}

}  // namespace

/// Any text is read or refused, as a described struct, as raw JSON and as a document; and what was read is written as text
/// that reads the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace remit;
  using codec::sample::Everything;
  const std::string_view text(reinterpret_cast<const char*>(data), size);

  if (const auto value = codec::from_json<Everything>(text)) {
    const std::string written = codec::to_json(*value);
    const auto again = codec::from_json<Everything>(written);
    CHECK(again && *again == *value, "{}", written);
  }
  const auto raw = codec::from_json<codec::RawJson>(text);
  if (raw) {
    const auto again = codec::from_json<codec::RawJson>(raw->text);
    CHECK(again && *again == *raw, "{}", raw->text);
  }
  if (const auto document = codec::JsonDocument::parse(text, {})) {
    const std::string written = written_again(*document);
    // An escape may be longer than what it stands for.
    const auto again = codec::JsonDocument::parse(written, {.bytes_max = 6 * text.size()});
    CHECK(again && written_again(*again) == written, "{}", written);
  }
  return 0;
}
