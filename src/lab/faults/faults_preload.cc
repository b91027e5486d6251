/// Preloaded into a program (LD_PRELOAD): counts its system calls on files and connections, kills it, fails or shortens a
/// call, and bends its clock, as the table says. It replaces functions of libc by others that make the same system call, so
/// it needs nothing of libc that may not be ready yet, and what libc calls within itself is not seen.
#include "lab/faults/fault_table.h"

#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <netinet/in.h>
#include <optional>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

namespace remit::lab::faults {
namespace {

FaultTable* table = nullptr;

[[gnu::constructor(101)]] void map_table() {
  const char* path = ::getenv(kTableVariable);
  if (path == nullptr) return;
  const long file = ::syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0);
  if (file < 0) return;
  void* mapped = ::mmap(nullptr, sizeof(FaultTable), PROT_READ | PROT_WRITE, MAP_SHARED,
                        static_cast<int>(file), 0);
  ::syscall(SYS_close, file);
  if (mapped != MAP_FAILED) table = static_cast<FaultTable*>(mapped);
}

/// Both end with a zero.
bool contains(const char* text, const char* part) {
  return std::strstr(text, part) != nullptr;
}
bool ends_with(const char* text, const char* end) {
  const std::size_t size = std::strlen(text);
  const std::size_t end_size = std::strlen(end);
  return size >= end_size && std::strcmp(text + size - end_size, end) == 0;
}

Place wal_or(const char* path, Place database, Place wal) {
  return ends_with(path, "-wal") ? wal : database;
}

/// Files that are none of the data directory's are not counted: libraries, certificates, /proc.
std::optional<Place> place_of_path(const char* path) {
  const std::size_t size = std::strlen(table->data_directory.data());
  if (size == 0 || std::strncmp(path, table->data_directory.data(), size) != 0) return std::nullopt;
  const char* data = path + size;
  if (ends_with(data, "-shm")) return Place::SharedMemory;
  if (contains(data, "journal.db-index")) return wal_or(data, Place::Index, Place::IndexWal);
  if (contains(data, "journal.db")) return wal_or(data, Place::Journal, Place::JournalWal);
  if (contains(data, "checkpoints.db"))
    return wal_or(data, Place::Checkpoints, Place::CheckpointsWal);
  if (contains(data, "flows.db")) return wal_or(data, Place::Flows, Place::FlowsWal);
  if (contains(data, "read-models/")) return wal_or(data, Place::ReadModels, Place::ReadModelsWal);
  if (contains(data, "/keys/")) return Place::Keys;
  if (contains(data, "/heads.")) return Place::Heads;
  return Place::DataFile;
}

std::uint16_t port_of(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET) {
    return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
  }
  if (address.ss_family == AF_INET6) {
    return ntohs(reinterpret_cast<const sockaddr_in6&>(address).sin6_port);
  }
  return 0;
}

std::optional<Place> place_of_socket(int file) {
  sockaddr_storage address{};
  socklen_t size = sizeof(address);
  if (::getsockname(file, reinterpret_cast<sockaddr*>(&address), &size) != 0) return std::nullopt;
  if (address.ss_family == AF_UNIX) {
    // Pairs without a name wake threads of libraries.
    return size > sizeof(sa_family_t) ? std::optional(Place::Admin) : std::nullopt;
  }
  if (port_of(address) == table->api_port) return Place::Api;
  size = sizeof(address);
  if (::getpeername(file, reinterpret_cast<sockaddr*>(&address), &size) != 0) return std::nullopt;
  return port_of(address) == table->bank_port ? Place::Bank : Place::Webhook;
}

struct Target {
  Place place;
  bool connection;
};

std::optional<Target> target_of(int file) {
  const int kept = errno;
  std::optional<Target> target;
  if (file == STDERR_FILENO) {
    target = Target{Place::Log, false};
  } else {
    char link[32] = "/proc/self/fd/";
    char digits[12];
    std::size_t count = 0;
    for (unsigned rest = static_cast<unsigned>(file); rest != 0 || count == 0; rest /= 10) {
      digits[count++] = static_cast<char>('0' + rest % 10);
    }
    std::size_t size = std::strlen(link);
    while (count > 0) link[size++] = digits[--count];
    link[size] = '\0';
    char path[512];
    const long length =
        file < 0 ? -1 : ::syscall(SYS_readlinkat, AT_FDCWD, link, path, sizeof(path) - 1);
    if (length > 0) {
      path[length] = '\0';
      if (std::strncmp(path, "socket:", 7) == 0) {
        if (const auto place = place_of_socket(file)) target = Target{*place, true};
      } else if (const auto place = place_of_path(path)) {
        target = Target{*place, false};
      }
    }
  }
  errno = kept;
  return target;
}

struct Verdict {
  bool fail = false;
  bool half = false;
  bool kill_after = false;
};

[[noreturn]] void die() {
  ::syscall(SYS_kill, ::getpid(), SIGKILL);
  while (true) ::syscall(SYS_pause);
}

/// Counts the call, and says what is to happen to it.
Verdict judge(Place place, Call call) {
  const std::uint64_t index =
      1 + table->counts[static_cast<std::size_t>(place)][static_cast<std::size_t>(call)].fetch_add(
              1, std::memory_order_relaxed);
  if (table->armed.load(std::memory_order_acquire) == 0) return {};
  if ((table->places & bit(place)) == 0 || (table->calls & bit(call)) == 0) return {};
  const std::uint64_t seen = 1 + table->seen.fetch_add(1, std::memory_order_relaxed);
  if (table->sticky ? seen < table->at : seen != table->at) return {};
  table->hits.fetch_add(1);
  table->hit_index.store(index);
  table->hit.store(static_cast<std::uint32_t>(place) * 256 + static_cast<std::uint32_t>(call) + 1);
  switch (table->action) {
    case Action::Kill:
      die();
    case Action::TornKill:
      return {.half = true, .kill_after = true};
    case Action::Fail:
      errno = table->error;
      return {.fail = true};
    case Action::Short:
      return {.half = true};
    case Action::Stop:
      ::syscall(SYS_kill, ::getpid(), SIGSTOP);
      return {};
  }
  return {};
}

Verdict judge_file(int file, Call call) {
  if (table == nullptr) return {};
  const auto target = target_of(file);
  if (!target) return {};
  if (target->connection) {
    if (call != Call::Write) return {};
    return judge(target->place, Call::Send);
  }
  return judge(target->place, call);
}

Verdict judge_path(int directory, const char* path, Call call) {
  if (table == nullptr || path == nullptr) return {};
  if (path[0] != '/' && directory != AT_FDCWD) return {};
  const auto place = place_of_path(path);
  return place ? judge(*place, call) : Verdict{};
}

/// One byte can only be written whole or not at all.
std::size_t size_for(const Verdict& verdict, std::size_t size) {
  return verdict.half && size > 1 ? size / 2 : size;
}

long finish(const Verdict& verdict, long result) {
  if (verdict.kill_after) die();
  return result;
}

/// Of several buffers the first alone is written, which is short where there are more.
int count_for(const Verdict& verdict, int count) {
  return verdict.half && count > 1 ? 1 : count;
}

int open_at(int directory, const char* path, int flags, mode_t mode) {
  if ((flags & (O_WRONLY | O_RDWR | O_CREAT)) != 0 &&
      judge_path(directory, path, Call::Open).fail) {
    return -1;
  }
  return static_cast<int>(::syscall(SYS_openat, directory, path, flags, mode));
}

int sync_file(long number, int file) {
  if (table != nullptr) {
    struct stat status{};
    const int kept = errno;
    const bool directory = ::fstat(file, &status) == 0 && S_ISDIR(status.st_mode);
    errno = kept;
    const Verdict verdict =
        directory ? judge(Place::Directory, Call::Sync) : judge_file(file, Call::Sync);
    if (verdict.fail) return -1;
  }
  return static_cast<int>(::syscall(number, file));
}

/// Of the bent clock, in nanoseconds.
std::int64_t bent(std::int64_t now) {
  const std::int64_t rate = table->clock_rate_per_mille.load(std::memory_order_relaxed);
  const std::int64_t from = table->clock_from.load(std::memory_order_relaxed);
  if (rate != 0 && now > from) now = from + (now - from) / 1000 * rate;
  return now + table->clock_offset.load(std::memory_order_relaxed);
}

}  // namespace
}  // namespace remit::lab::faults

using namespace remit::lab::faults;

#define REMIT_MODE(flags, last)                         \
  mode_t mode = 0;                                      \
  if (((flags) & (O_CREAT | O_TMPFILE)) != 0) {         \
    va_list arguments;                                  \
    va_start(arguments, last);                          \
    mode = static_cast<mode_t>(va_arg(arguments, int)); \
    va_end(arguments);                                  \
  }

extern "C" {

int open(const char* path, int flags, ...) {
  REMIT_MODE(flags, flags)
  return open_at(AT_FDCWD, path, flags, mode);
}
int open64(const char* path, int flags, ...) {
  REMIT_MODE(flags, flags)
  return open_at(AT_FDCWD, path, flags | O_LARGEFILE, mode);
}
int openat(int directory, const char* path, int flags, ...) {
  REMIT_MODE(flags, flags)
  return open_at(directory, path, flags, mode);
}
int openat64(int directory, const char* path, int flags, ...) {
  REMIT_MODE(flags, flags)
  return open_at(directory, path, flags | O_LARGEFILE, mode);
}
int mkdir(const char* path, mode_t mode) noexcept {
  if (judge_path(AT_FDCWD, path, Call::Open).fail) return -1;
  return static_cast<int>(::syscall(SYS_mkdirat, AT_FDCWD, path, mode));
}

ssize_t read(int file, void* bytes, size_t size) {
  const Verdict verdict = judge_file(file, Call::Read);
  if (verdict.fail) return -1;
  return ::syscall(SYS_read, file, bytes, size_for(verdict, size));
}
ssize_t pread64(int file, void* bytes, size_t size, off64_t offset) {
  const Verdict verdict = judge_file(file, Call::Read);
  if (verdict.fail) return -1;
  return ::syscall(SYS_pread64, file, bytes, size_for(verdict, size), offset);
}
ssize_t pread(int file, void* bytes, size_t size, off_t offset) {
  return pread64(file, bytes, size, offset);
}

ssize_t write(int file, const void* bytes, size_t size) {
  const Verdict verdict = judge_file(file, Call::Write);
  if (verdict.fail) return -1;
  return finish(verdict, ::syscall(SYS_write, file, bytes, size_for(verdict, size)));
}
ssize_t pwrite64(int file, const void* bytes, size_t size, off64_t offset) {
  const Verdict verdict = judge_file(file, Call::Write);
  if (verdict.fail) return -1;
  return finish(verdict, ::syscall(SYS_pwrite64, file, bytes, size_for(verdict, size), offset));
}
ssize_t pwrite(int file, const void* bytes, size_t size, off_t offset) {
  return pwrite64(file, bytes, size, offset);
}
ssize_t writev(int file, const iovec* parts, int count) {
  const Verdict verdict = judge_file(file, Call::Write);
  if (verdict.fail) return -1;
  return finish(verdict, ::syscall(SYS_writev, file, parts, count_for(verdict, count)));
}

int fsync(int file) {
  return sync_file(SYS_fsync, file);
}
int fdatasync(int file) {
  return sync_file(SYS_fdatasync, file);
}
int ftruncate64(int file, off64_t size) noexcept {
  if (judge_file(file, Call::Truncate).fail) return -1;
  return static_cast<int>(::syscall(SYS_ftruncate, file, size));
}
int ftruncate(int file, off_t size) noexcept {
  return ftruncate64(file, size);
}
int rename(const char* from, const char* to) noexcept {
  if (judge_path(AT_FDCWD, to, Call::Rename).fail) return -1;
  return static_cast<int>(::syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0));
}
int unlink(const char* path) noexcept {
  if (judge_path(AT_FDCWD, path, Call::Unlink).fail) return -1;
  return static_cast<int>(::syscall(SYS_unlinkat, AT_FDCWD, path, 0));
}

ssize_t sendto(int file, const void* bytes, size_t size, int flags, const sockaddr* address,
               socklen_t address_size) {
  const Verdict verdict = judge_file(file, Call::Write);
  if (verdict.fail) return -1;
  return finish(verdict, ::syscall(SYS_sendto, file, bytes, size_for(verdict, size), flags, address,
                                   address_size));
}
ssize_t send(int file, const void* bytes, size_t size, int flags) {
  return sendto(file, bytes, size, flags, nullptr, 0);
}
ssize_t sendmsg(int file, const msghdr* message, int flags) {
  const Verdict verdict = judge_file(file, Call::Write);
  if (verdict.fail) return -1;
  if (!verdict.half || message->msg_iovlen == 0) {
    return finish(verdict, ::syscall(SYS_sendmsg, file, message, flags));
  }
  iovec first = message->msg_iov[0];
  first.iov_len = size_for(verdict, first.iov_len);
  msghdr half = *message;
  half.msg_iov = &first;
  half.msg_iovlen = 1;
  return finish(verdict, ::syscall(SYS_sendmsg, file, &half, flags));
}

int clock_gettime(clockid_t clock, timespec* time) noexcept {
  const long result = ::syscall(SYS_clock_gettime, clock, time);
  if (result == 0 && table != nullptr && clock == CLOCK_REALTIME) {
    constexpr std::int64_t kSecond = 1'000'000'000;
    const std::int64_t now = bent(time->tv_sec * kSecond + time->tv_nsec);
    time->tv_sec = now / kSecond;
    time->tv_nsec = now % kSecond;
  }
  return static_cast<int>(result);
}
int gettimeofday(timeval* time, void*) noexcept {
  timespec now{};
  const int result = clock_gettime(CLOCK_REALTIME, &now);
  *time = {now.tv_sec, now.tv_nsec / 1000};
  return result;
}
time_t time(time_t* out) noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  if (out != nullptr) *out = now.tv_sec;
  return now.tv_sec;
}

}  // extern "C"
