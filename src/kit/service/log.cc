#include "kit/service/log.h"

#include "kit/base/bytes.h"
#include "kit/base/codec/json_names.h"
#include "kit/base/codec/json_writer.h"

#include <cerrno>
#include <unistd.h>

namespace remit::service {
namespace {

constexpr std::size_t kMaskedBytesMin = 12;
constexpr std::size_t kUnmaskedBytes = 4;

void write_text(codec::JsonWriter& writer, std::string_view text) {
  if (text.size() <= kLogTextBytesMax) return writer.write_string(text);
  writer.write_string(std::string(text.substr(0, kLogTextBytesMax)) + "...");
}

void write_field(codec::JsonWriter& writer, const LogField& field) {
  writer.write_key(field.name);
  if (const auto* text = std::get_if<std::string>(&field.value)) {
    write_text(writer, *text);
  } else if (const auto* flag = std::get_if<bool>(&field.value)) {
    writer.write_bool(*flag);
  } else if (const auto* number = std::get_if<std::int64_t>(&field.value)) {
    writer.write_signed(*number);
  } else {
    writer.write_unsigned(std::get<std::uint64_t>(field.value));
  }
}

}  // namespace

LogField field(std::string_view name, std::string_view text) {
  return {name, std::string(text.substr(0, kLogTextBytesMax + 1))};
}
LogField field(std::string_view name, const char* text) {
  return field(name, std::string_view(text));
}
LogField field(std::string_view name, bool value) {
  return {name, value};
}
LogField field(std::string_view name, const TypeId& id) {
  return {name, id.to_string()};
}
LogField field(std::string_view name, Duration duration) {
  return {name, std::int64_t{duration.count()}};
}
LogField field(const Trace& trace) {
  return {"trace_id", to_hex(std::as_bytes(std::span(trace.trace_id)))};
}
LogField field(const Error& error) {
  return {"error", error.describe()};
}

LogField masked(std::string_view name, std::string_view personal) {
  std::string kept = "***";
  if (personal.size() >= kMaskedBytesMin) {
    kept += personal.substr(personal.size() - kUnmaskedBytes);
  }
  return {name, std::move(kept)};
}

Log::Log(Clock& clock, LogLevel level, Sink sink)
    : clock_(clock), level_(level), sink_(std::move(sink)) {}

void Log::write(LogLevel level, std::string_view component, std::string_view message,
                std::initializer_list<LogField> fields) {
  if (!enabled(level)) return;
  codec::JsonWriter writer;
  writer.begin_object();
  writer.write_key("time");
  writer.write_timestamp(clock_.now());
  writer.write_key("level");
  writer.write_string(codec::json_name(level));
  writer.write_key("component");
  writer.write_string(component);
  writer.write_key("message");
  write_text(writer, message);
  std::size_t count = 0;
  for (const LogField& one : fields) {
    if (count++ < kLogFieldsMax) write_field(writer, one);
  }
  if (count > kLogFieldsMax) {
    writer.write_key("fields_left_out");
    writer.write_unsigned(count - kLogFieldsMax);
  }
  writer.end_object();
  const std::string line = writer.take() + '\n';
  const std::lock_guard lock(mutex_);
  sink_(line);
}

Log::Sink Log::to_standard_error() {
  return [](std::string_view line) {
    while (!line.empty()) {
      const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
      if (written < 0 && errno == EINTR) continue;
      // Nobody is left to be told that the log is gone.
      if (written <= 0) return;
      line.remove_prefix(static_cast<std::size_t>(written));
    }
  };
}

}  // namespace remit::service
