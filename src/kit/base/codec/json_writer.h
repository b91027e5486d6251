#pragma once

#include "kit/base/bytes.h"
#include "kit/base/time.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace remit::codec {

/// Writes one JSON text (RFC 8259) without white space. Commas are its business; the caller keeps
/// begin and end in pairs. Text that is not UTF-8 comes out with U+FFFD in place of what is wrong,
/// since what it writes must be JSON.
class JsonWriter {
 public:
  void begin_object() { open('{'); }
  void end_object() { text_ += '}'; }
  void begin_array() { open('['); }
  void end_array() { text_ += ']'; }
  /// The name of the member whose value is written next.
  void write_key(std::string_view name);

  void write_string(std::string_view text);
  void write_signed(std::int64_t number);
  void write_unsigned(std::uint64_t number);
  void write_bool(bool value);
  void write_null();
  void write_base64(ByteView bytes);
  /// RFC 3339. A time outside of its years 0000 to 9999 ("never") becomes the nearest within.
  void write_timestamp(Timestamp time);
  /// A value that is JSON already.
  void write_raw(std::string_view json);

  const std::string& text() const { return text_; }
  std::string take() { return std::move(text_); }

 private:
  void separate();
  void open(char bracket);
  void append_quoted(std::string_view text);

  std::string text_;
};

}  // namespace remit::codec
