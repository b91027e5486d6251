#pragma once

#include "kit/base/result.h"
#include "lab/bank/json.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace remit::lab::bank {

/// What the bank must still know after a restart: one JSON object a line, appended before it counts.
/// It is written by plain appends without a sync, so it outlives the process but not the machine,
/// which is enough for a sandbox. A last line that was cut short is dropped when the file is opened.
class BankLog {
 public:
  /// Keeps nothing.
  BankLog();
  ~BankLog();
  BankLog(BankLog&&) noexcept;
  BankLog& operator=(BankLog&&) noexcept;

  /// Opens or makes the file (mode 0600) and gives every record in it to `apply`, oldest first. Fails
  /// with Unavailable `bank_log_unreadable`, or Corrupt `bank_log_corrupt` on a whole line that is no
  /// record.
  using Apply = std::function<Result<void>(std::string_view kind, const json::object& record)>;
  static Result<BankLog> open(const std::string& path, const Apply& apply);

  /// Fails with Unavailable `bank_log_not_written`; the file is then as it was before.
  Result<void> append(std::string_view kind, const json::object& record);

 private:
  struct File;
  std::unique_ptr<File> file_;
};

}  // namespace remit::lab::bank
