#pragma once

#include "kit/base/result.h"
#include "kit/base/time.h"
#include "kit/base/type_id.h"
#include "kit/service/trace.h"

#include <boost/describe/enum.hpp>

#include <atomic>
#include <concepts>
#include <functional>
#include <initializer_list>
#include <mutex>
#include <string>
#include <string_view>
#include <variant>

namespace remit::service {

/// Longer texts in a line are cut and end in "...".
inline constexpr std::size_t kLogTextBytesMax = 2048;
/// Fields beyond these are left out, and the line says so by `fields_left_out`.
inline constexpr std::size_t kLogFieldsMax = 32;

enum class LogLevel : std::uint8_t { Debug = 1, Info = 2, Warn = 3, Error = 4 };
BOOST_DESCRIBE_ENUM(LogLevel, Debug, Info, Warn, Error)

/// A named value in a line. Names are stable and in snake_case: `payment_id`, `client_id`, `bank`.
struct LogField {
  std::string_view name;  ///< A literal.
  std::variant<bool, std::int64_t, std::uint64_t, std::string> value;
};

LogField field(std::string_view name, std::string_view text);
LogField field(std::string_view name, const char* text);
LogField field(std::string_view name, bool value);
LogField field(std::string_view name, const TypeId& id);
/// In microseconds; end the name in `_us`.
LogField field(std::string_view name, Duration duration);
template <std::integral Number>
LogField field(std::string_view name, Number number) {
  if constexpr (std::signed_integral<Number>) {
    return {name, std::int64_t{number}};
  } else {
    return {name, std::uint64_t{number}};
  }
}
/// `trace_id`, as the traces show it.
LogField field(const Trace& trace);
/// `error`: message, reason and causes. Messages of errors never hold personal data.
LogField field(const Error& error);
/// Personal data (names, account numbers, addresses): only the last four characters of what has twelve or more are left,
/// enough to tell apart two accounts and too little to name one.
LogField masked(std::string_view name, std::string_view personal);

/// JSON lines: {"time","level","component","message", fields...}. One per program. Thread safe: a line goes out by one
/// write, whole. For adapters, flows and start-up; rules (`decide`, `evolve`) never log.
class Log {
 public:
  /// Takes one line with its line feed; called by one thread at a time.
  using Sink = std::function<void(std::string_view line)>;
  Log(Clock& clock, LogLevel level, Sink sink = to_standard_error());

  bool enabled(LogLevel level) const { return level >= level_.load(std::memory_order_relaxed); }
  void set_level(LogLevel level) { level_.store(level, std::memory_order_relaxed); }
  void write(LogLevel level, std::string_view component, std::string_view message,
             std::initializer_list<LogField> fields);
  static Sink to_standard_error();

 private:
  Clock& clock_;
  std::atomic<LogLevel> level_;
  std::mutex mutex_;
  Sink sink_;
};

/// A component's view of the log. Cheap to copy; the log must outlive it.
class Logger {
 public:
  /// `component` is a literal: "http", "submit_payments".
  Logger(Log& log, std::string_view component) : log_(&log), component_(component) {}
  void debug(std::string_view message, std::initializer_list<LogField> fields = {}) const {
    log_->write(LogLevel::Debug, component_, message, fields);
  }
  void info(std::string_view message, std::initializer_list<LogField> fields = {}) const {
    log_->write(LogLevel::Info, component_, message, fields);
  }
  void warn(std::string_view message, std::initializer_list<LogField> fields = {}) const {
    log_->write(LogLevel::Warn, component_, message, fields);
  }
  void error(std::string_view message, std::initializer_list<LogField> fields = {}) const {
    log_->write(LogLevel::Error, component_, message, fields);
  }

 private:
  Log* log_;
  std::string_view component_;
};

}  // namespace remit::service
