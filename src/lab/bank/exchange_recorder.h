#pragma once

#include "kit/base/result.h"
#include "kit/base/time.h"
#include "kit/net/http.h"

#include <memory>
#include <string>

namespace remit::lab::bank {

/// Writes each exchange with the bank as one line of JSON, for replaying against the standard's
/// OpenAPI documents: `{"at": ..., "request": {"method", "path", "query", "headers": {name: value},
/// "body"}, "response": {"status", "headers", "body"}}`. Header names are in lower case, repeated ones
/// joined with ", ". `response` is null where a fault kept the bank silent. Tokens and keys stand in
/// it as they came: for a sandbox alone.
class ExchangeRecorder {
 public:
  /// Records nothing.
  ExchangeRecorder();
  ~ExchangeRecorder();
  ExchangeRecorder(ExchangeRecorder&&) noexcept;
  ExchangeRecorder& operator=(ExchangeRecorder&&) noexcept;

  /// Appends to the file (made with mode 0600). Fails with Unavailable `record_file_unusable`.
  static Result<ExchangeRecorder> open(const std::string& path);

  /// Best effort: a full disk does not stop the bank. `response` null: none was given.
  void record(Timestamp at, const net::HttpRequest& request, const net::HttpResponse* response);

 private:
  struct File;
  std::unique_ptr<File> file_;
};

}  // namespace remit::lab::bank
