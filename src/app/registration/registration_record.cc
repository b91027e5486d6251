#include "app/registration/registration_record.h"

#include "kit/base/codec/json.h"
#include "kit/base/durable_file.h"

#include <fmt/format.h>

#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace remit::app {
namespace {

constexpr std::size_t kRecordBytesMax = 4UL * 1024 * 1024;

}  // namespace

/// An open file with an exclusive flock; closing it lets go.
struct RegistrationFile::Lock {
  explicit Lock(int opened) : descriptor(opened) {}
  ~Lock() { ::close(descriptor); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
  int descriptor;
};

std::string_view state_name(RegistrationState state) {
  return codec::json_name(state);
}

Result<std::optional<RegistrationRecord>> read_registration_record(
    const std::filesystem::path& path) {
  const Result<Bytes> bytes = read_file(path.string(), kRecordBytesMax);
  if (!bytes && bytes.error().reason == "file_not_found") return std::nullopt;
  if (!bytes) return std::unexpected(bytes.error());
  // A newer version's additions are passed over; what an older one did not write has its default.
  Result<RegistrationRecord> record = codec::from_json<RegistrationRecord>(
      as_text(*bytes), {codec::UnknownMembers::Ignore, codec::AbsentMembers::Default, {}});
  if (record) return *std::move(record);
  return fail(
      ErrorCode::Corrupt, "registration_file_unreadable",
      fmt::format("{} is no registration: {} Restore it from a backup; without one, ask the "
                  "bank for the client_id and use `remit banks registration adopt`.",
                  path.string(), record.error().message));
}

Result<RegistrationFile> RegistrationFile::open(const std::filesystem::path& path) {
  const std::string lock_path = path.string() + ".lock";
  const int descriptor = ::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) {
    return fail(ErrorCode::Unavailable, "file_not_written",
                fmt::format("{} cannot be opened: {}.", lock_path, std::strerror(errno)));
  }
  auto lock = std::make_shared<Lock>(descriptor);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    return fail(ErrorCode::Unavailable, "registration_busy",
                fmt::format("Another process works on {}; wait for it.", path.string()));
  }
  auto record = TRY(read_registration_record(path));
  return RegistrationFile(path, std::move(lock),
                          record ? *std::move(record) : RegistrationRecord());
}

Result<void> RegistrationFile::write(RegistrationRecord record) {
  if (record.earlier.size() > kEarlierRegistrationsMax) {
    record.earlier.erase(record.earlier.begin(), record.earlier.end() - kEarlierRegistrationsMax);
  }
  TRY(write_file_durably(path_.string(), as_bytes(codec::to_json(record) + "\n"), 0600));
  record_ = std::move(record);
  return {};
}

}  // namespace remit::app
