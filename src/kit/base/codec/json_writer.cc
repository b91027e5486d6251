#include "kit/base/codec/json_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace remit::codec {
namespace {

/// The length of the well-formed UTF-8 sequence (Unicode 15, table 3-7) that begins here; 0 when none
/// does.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const auto follows = [&](std::size_t i, std::uint8_t low, std::uint8_t high) {
    return i < text.size() && byte(i) >= low && byte(i) <= high;
  };
  const std::uint8_t lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return follows(1, 0x80, 0xBF) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    const std::uint8_t low = lead == 0xE0 ? 0xA0 : 0x80;
    const std::uint8_t high = lead == 0xED ? 0x9F : 0xBF;
    return follows(1, low, high) && follows(2, 0x80, 0xBF) ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    const std::uint8_t low = lead == 0xF0 ? 0x90 : 0x80;
    const std::uint8_t high = lead == 0xF4 ? 0x8F : 0xBF;
    return follows(1, low, high) && follows(2, 0x80, 0xBF) && follows(3, 0x80, 0xBF) ? 4 : 0;
  }
  return 0;
}

bool is_plain(char c) {
  return static_cast<std::uint8_t>(c) >= 0x20 && static_cast<std::uint8_t>(c) < 0x7F && c != '"' &&
         c != '\\';
}

void append_escaped(std::string& out, char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(static_cast<std::uint8_t>(c)));
  }
}

template <class Number>
void append_number(std::string& out, Number number) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  out.append(digits, end);
}

}  // namespace

void JsonWriter::separate() {
  if (text_.empty()) return;
  const char last = text_.back();
  if (last != '{' && last != '[' && last != ':') text_ += ',';
}

void JsonWriter::open(char bracket) {
  separate();
  text_ += bracket;
}

void JsonWriter::append_quoted(std::string_view text) {
  text_ += '"';
  while (!text.empty()) {
    std::size_t plain = 0;
    while (plain < text.size() && is_plain(text[plain])) ++plain;
    text_.append(text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.empty()) break;
    const std::size_t length = utf8_length(text);
    if (length == 1) {
      append_escaped(text_, text.front());
    } else if (length == 0) {
      text_ += "\xEF\xBF\xBD";
    } else {
      text_.append(text.substr(0, length));
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  text_ += '"';
}

void JsonWriter::write_key(std::string_view name) {
  separate();
  append_quoted(name);
  text_ += ':';
}

void JsonWriter::write_string(std::string_view text) {
  separate();
  append_quoted(text);
}

void JsonWriter::write_signed(std::int64_t number) {
  separate();
  append_number(text_, number);
}

void JsonWriter::write_unsigned(std::uint64_t number) {
  separate();
  append_number(text_, number);
}

void JsonWriter::write_bool(bool value) {
  write_raw(value ? "true" : "false");
}

void JsonWriter::write_null() {
  write_raw("null");
}

void JsonWriter::write_base64(ByteView bytes) {
  write_string(to_base64(bytes));
}

void JsonWriter::write_timestamp(Timestamp time) {
  using std::chrono::sys_days;
  constexpr Timestamp kFirst = sys_days(std::chrono::year(0) / 1 / 1);
  constexpr Timestamp kLast = sys_days(std::chrono::year(10'000) / 1 / 1) - Duration(1);
  write_string(to_rfc3339(std::clamp(time, kFirst, kLast)));
}

void JsonWriter::write_raw(std::string_view json) {
  separate();
  text_ += json;
}

}  // namespace remit::codec
