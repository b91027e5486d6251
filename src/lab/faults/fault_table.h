#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string_view>

/// What the runner of a process under faults and the library within that process share: a page of memory, mapped from a
/// file, so that the counts outlive a kill -9 and a fault can be set, and lifted, while the process runs.
namespace remit::lab::faults {

/// The kinds of system call at which something can happen.
enum class Call : std::uint8_t {
  Open,      ///< For writing, or to make a file; also the making of a directory.
  Read,      ///< Of files; what comes over a connection is not counted.
  Write,     ///< write, pwrite, writev of a file.
  Sync,      ///< fsync, fdatasync.
  Truncate,  ///< ftruncate.
  Rename,
  Unlink,
  Send,  ///< send, sendmsg, write, writev on a connection.
};
inline constexpr std::array<std::string_view, 8> kCallNames{"open",     "read",   "write",  "sync",
                                                            "truncate", "rename", "unlink", "send"};

/// What a call is about: whose file, or whose connection. Calls of one place are made in the same order in every run,
/// whatever other threads do meanwhile; across places there is no order that could be repeated.
enum class Place : std::uint8_t {
  Journal,
  JournalWal,
  Index,
  IndexWal,
  Checkpoints,
  CheckpointsWal,
  Flows,
  FlowsWal,
  ReadModels,
  ReadModelsWal,
  SharedMemory,  ///< The -shm files of all databases.
  Heads,
  Keys,
  Directory,  ///< The sync of a directory.
  DataFile,   ///< Any other file of the data directory.
  Log,        ///< Standard error.
  Api,        ///< Answers to clients.
  Admin,      ///< Answers over the local socket.
  Bank,       ///< Requests to the bank.
  Webhook,    ///< Requests to any other port.
};
inline constexpr std::array<std::string_view, 20> kPlaceNames{
    "journal",     "journal-wal",     "index",         "index-wal",
    "checkpoints", "checkpoints-wal", "flows",         "flows-wal",
    "read-models", "read-models-wal", "shared-memory", "heads",
    "keys",        "directory",       "data-file",     "log",
    "api",         "admin",           "bank",          "webhook"};

enum class Action : std::uint8_t {
  Kill,      ///< The process is killed instead of the call.
  TornKill,  ///< Half of the bytes are written, then it is killed.
  Fail,      ///< The call fails with `error`.
  Short,     ///< Half of the bytes are written, and the call says so.
  Stop,      ///< SIGSTOP before the call, which is made after SIGCONT.
};

constexpr std::uint32_t bit(Call call) {
  return 1U << static_cast<std::uint32_t>(call);
}
constexpr std::uint64_t bit(Place place) {
  return 1ULL << static_cast<std::uint64_t>(place);
}

constexpr bool is_connection(Place place) {
  return place == Place::Api || place == Place::Admin || place == Place::Bank ||
         place == Place::Webhook;
}

/// Zero bytes are a valid table: nothing counted, nothing set.
struct FaultTable {
  std::array<std::array<std::atomic<std::uint64_t>, kCallNames.size()>, kPlaceNames.size()> counts;

  // The fault that is set. The other fields are written before `armed`.
  std::atomic<std::uint32_t> armed;
  std::uint64_t places;  ///< Bits.
  std::uint32_t calls;   ///< Bits.
  Action action;
  bool sticky;                           ///< Also every later call, until it is lifted.
  std::int32_t error;                    ///< errno, of Fail.
  std::uint64_t at;                      ///< The how manieth matching call, from 1.
  std::atomic<std::uint64_t> seen;       ///< Matching calls since it was set.
  std::atomic<std::uint64_t> hits;       ///< How often it happened.
  std::atomic<std::uint32_t> hit;        ///< The last one: place * 256 + call, plus 1; 0: none.
  std::atomic<std::uint64_t> hit_index;  ///< Its count in `counts`.

  // How files and connections are told apart.
  std::array<char, 256> data_directory;  ///< Ends with a zero; files elsewhere are not counted.
  std::uint16_t api_port;
  std::uint16_t bank_port;

  // The wall clock of the process: from `clock_from` (nanoseconds) on, `clock_rate_per_mille` times as fast, and moved by
  // `clock_offset` nanoseconds. The monotonic clock is left alone.
  std::atomic<std::int64_t> clock_offset;
  std::atomic<std::int64_t> clock_from;
  std::atomic<std::int64_t> clock_rate_per_mille;  ///< 0: as it is.
};

/// The file of the table, for the library within the process.
inline constexpr const char* kTableVariable = "REMIT_FAULTS_TABLE";

}  // namespace remit::lab::faults
