#include "lab/bank/bank_log.h"

#include <array>
#include <fcntl.h>
#include <unistd.h>

namespace remit::lab::bank {

struct BankLog::File {
  File(int opened, std::string name) : descriptor(opened), path(std::move(name)) {}
  ~File() { ::close(descriptor); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int descriptor;
  std::string path;
  off_t size = 0;  ///< Of the whole lines.
};

namespace {

Result<void> apply_line(std::string_view line, const BankLog::Apply& apply,
                        const std::string& path) {
  const auto record = parse_json_object(line);
  const auto kind = record ? find_text(*record, "kind") : std::nullopt;
  const json::object* body = record ? find_object(*record, "record") : nullptr;
  if (!kind || body == nullptr) {
    return fail(ErrorCode::Corrupt, "bank_log_corrupt",
                fmt::format("{} has a line that is no record; move the file away.", path));
  }
  return apply(*kind, *body);
}

}  // namespace

BankLog::BankLog() = default;
BankLog::~BankLog() = default;
BankLog::BankLog(BankLog&&) noexcept = default;
BankLog& BankLog::operator=(BankLog&&) noexcept = default;

Result<BankLog> BankLog::open(const std::string& path, const Apply& apply) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) {
    return fail(ErrorCode::Unavailable, "bank_log_unreadable",
                fmt::format("{} cannot be opened: {}.", path, std::strerror(errno)));
  }
  BankLog log;
  log.file_ = std::make_unique<File>(descriptor, path);
  std::string rest;
  std::array<char, 64 * 1024> buffer;
  ssize_t count = 0;
  while ((count = ::read(descriptor, buffer.data(), buffer.size())) > 0) {
    rest.append(buffer.data(), static_cast<std::size_t>(count));
    std::size_t begin = 0;
    for (std::size_t end = rest.find('\n'); end != rest.npos; end = rest.find('\n', begin)) {
      auto applied = apply_line(std::string_view(rest).substr(begin, end - begin), apply, path);
      if (!applied) return std::unexpected(applied.error());
      log.file_->size += static_cast<off_t>(end + 1 - begin);
      begin = end + 1;
    }
    rest.erase(0, begin);
  }
  if (count < 0 || ::ftruncate(descriptor, log.file_->size) != 0) {
    return fail(ErrorCode::Unavailable, "bank_log_unreadable",
                fmt::format("{} cannot be read: {}.", path, std::strerror(errno)));
  }
  return log;
}

Result<void> BankLog::append(std::string_view kind, const json::object& record) {
  if (!file_) return {};
  const std::string line = json::serialize(json::object{{"kind", kind}, {"record", record}}) + '\n';
  const ssize_t written = ::pwrite(file_->descriptor, line.data(), line.size(), file_->size);
  if (written != static_cast<ssize_t>(line.size())) {
    const std::string cause = std::strerror(errno);
    // What was half written would otherwise be taken for the start of the next line.
    const bool restored = ::ftruncate(file_->descriptor, file_->size) == 0;
    return fail(ErrorCode::Unavailable, "bank_log_not_written",
                fmt::format("{} cannot be written: {}{}.", file_->path, cause,
                            restored ? "" : ", and not be restored"));
  }
  file_->size += written;
  return {};
}

}  // namespace remit::lab::bank
