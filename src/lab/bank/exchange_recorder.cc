#include "lab/bank/exchange_recorder.h"

#include "lab/bank/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace remit::lab::bank {

struct ExchangeRecorder::File {
  explicit File(int opened) : descriptor(opened) {}
  ~File() { ::close(descriptor); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int descriptor;
};

namespace {

json::object headers_of(const net::Headers& headers) {
  json::object fields;
  for (const auto& [name, value] : headers) {
    std::string lower = name;
    std::ranges::transform(lower, lower.begin(), [](unsigned char letter) {
      return static_cast<char>(std::tolower(letter));
    });
    json::value& field = fields[lower];
    field = field.is_null() ? value : fmt::format("{}, {}", field.get_string().c_str(), value);
  }
  return fields;
}

}  // namespace

ExchangeRecorder::ExchangeRecorder() = default;
ExchangeRecorder::~ExchangeRecorder() = default;
ExchangeRecorder::ExchangeRecorder(ExchangeRecorder&&) noexcept = default;
ExchangeRecorder& ExchangeRecorder::operator=(ExchangeRecorder&&) noexcept = default;

Result<ExchangeRecorder> ExchangeRecorder::open(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (descriptor < 0) {
    return fail(ErrorCode::Unavailable, "record_file_unusable",
                fmt::format("{} cannot be opened: {}.", path, std::strerror(errno)));
  }
  ExchangeRecorder recorder;
  recorder.file_ = std::make_unique<File>(descriptor);
  return recorder;
}

void ExchangeRecorder::record(Timestamp at, const net::HttpRequest& request,
                              const net::HttpResponse* response) {
  if (!file_) return;
  json::object line{{"at", to_rfc3339(at)},
                    {"request", json::object{{"method", request.method},
                                             {"path", request.path},
                                             {"query", request.query},
                                             {"headers", headers_of(request.headers)},
                                             {"body", request.body}}},
                    {"response", nullptr}};
  if (response != nullptr) {
    line["response"] = json::object{{"status", response->status},
                                    {"headers", headers_of(response->headers)},
                                    {"body", response->body}};
  }
  const std::string text = json::serialize(line) + '\n';
  [[maybe_unused]] const ssize_t written = ::write(file_->descriptor, text.data(), text.size());
}

}  // namespace remit::lab::bank
