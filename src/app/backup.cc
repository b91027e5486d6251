#include "app/admin_client.h"
#include "app/backup/restore.h"
#include "app/commands.h"
#include "app/operator.h"
#include "kit/base/check.h"
#include "kit/base/codec/json.h"

#include <charconv>
#include <cstdio>
#include <thread>
#include <unistd.h>

/// `remit backup` asks a running server for a copy of its data; `remit restore` makes a data directory of one.
namespace remit::app {
namespace {

constexpr auto kLook = std::chrono::milliseconds(200);
constexpr auto kMiB = 1024.0 * 1024.0;

struct BackupOptions {
  std::string data = "remit-data";
  std::string target;
  bool json = false;
};

struct RestoreArguments {
  std::string backup;
  std::string data;
  std::vector<std::string> to_positions;
  bool json = false;
};

/// On a terminal alone; the line is gone when it is done.
void show_progress(std::string_view what, std::uint64_t done, std::uint64_t total) {
  if (::isatty(STDERR_FILENO) == 0 || total == 0) return;
  const auto of = [](std::uint64_t bytes) { return static_cast<double>(bytes) / kMiB; };
  const std::string line =
      fmt::format("\r{} {:3}%  {:.1f} of {:.1f} MiB\033[K{}", what, done * 100 / total, of(done),
                  of(total), done == total ? "\r\033[K" : "");
  std::fwrite(line.data(), 1, line.size(), stderr);
}

Error error_in(const codec::JsonNode& status) {
  return {ErrorCode::Unavailable,
          text_at(status, "error.code"),
          text_at(status, "error.message"),
          {},
          nullptr};
}

int backup(const BackupOptions& options) {
  std::error_code ignored;
  const std::string target = std::filesystem::absolute(options.target, ignored).string();
  const auto begun = ask_admin(options.data, "POST", "/admin/backup",
                               fmt::format("{{\"directory\":{}}}", codec::to_json(target)));
  if (!begun) return report(begun.error(), options.json);
  while (true) {
    const auto answer = ask_admin(options.data, "GET", "/admin/backup");
    if (!answer) {
      Error error = answer.error();
      error.message =
          "The server went away; the backup was not finished and is none. " + error.message;
      return report(error, options.json);
    }
    const auto status = codec::JsonDocument::parse(*answer, {});
    CHECK(status.has_value(), "the server's answer does not parse");
    const std::string state = text_at(status->root(), "state");
    const auto number = [&](std::string_view name) {
      return std::strtoull(text_at(status->root(), name).c_str(), nullptr, 10);
    };
    show_progress("backup", number("bytes_done"), number("bytes_total"));
    if (state == "failed") return report(error_in(status->root()), options.json);
    if (state == "done") {
      if (options.json) print(*answer + "\n");
      return 0;
    }
    std::this_thread::sleep_for(kLook);
  }
}

/// "1=5000".
Result<std::pair<journal::PartitionId, journal::Position>> parse_position(const std::string& text) {
  std::uint64_t partition = 0;
  std::uint64_t position = 0;
  const char* const end = text.data() + text.size();
  const auto left = std::from_chars(text.data(), end, partition);
  if (left.ec == std::errc() && left.ptr != end && *left.ptr == '=') {
    const auto right = std::from_chars(left.ptr + 1, end, position);
    if (right.ec == std::errc() && right.ptr == end) {
      return std::pair{journal::PartitionId(partition), journal::Position(position)};
    }
  }
  return fail(ErrorCode::InvalidArgument, "to_position_invalid",
              fmt::format("--to-position is PARTITION=POSITION, such as 1=5000, not '{}'.", text));
}

void tell(const RestoredMark& mark, const RestoreArguments& arguments) {
  std::string text;
  for (const RestoredPartition& partition : mark.partitions) {
    text +=
        fmt::format("partition {} ends at position {}", partition.partition, partition.position);
    if (partition.events_removed > 0) {
      text += fmt::format(
          "; CUT: {} events behind it are gone, and {} signed heads of them were "
          "moved to heads.cut.jsonl. Copies of heads kept elsewhere contradict "
          "this journal from here on",
          partition.events_removed, partition.heads_dropped);
    }
    text += "\n";
  }
  text += fmt::format(
      "WARNING: whatever happened at banks after {} is not in this journal. The first start pauses "
      "every flow that acts on the world; compare with the banks' statements, then `remit flows "
      "resume --all`. With [journal] heads on another volume, move those of the lost server away "
      "first.\n"
      "Prove it: remit verify --data {}\n",
      to_rfc3339(mark.backup_made_at), arguments.data);
  std::fwrite(text.data(), 1, text.size(), stderr);
}

int restore(const RestoreArguments& arguments) {
  RestoreOptions options{.backup = arguments.backup,
                         .data = arguments.data,
                         .by = actor_of_process(),
                         .progress = [](std::uint64_t done, std::uint64_t total) {
                           show_progress("restore", done, total);
                         }};
  for (const std::string& text : arguments.to_positions) {
    const auto position = parse_position(text);
    if (!position) return report(position.error(), arguments.json);
    options.last_positions.insert_or_assign(position->first, position->second);
  }
  const auto mark = restore_backup(options, SystemClock().now());
  if (!mark) return report(mark.error(), arguments.json);
  if (arguments.json) print(codec::to_json(*mark) + "\n");
  tell(*mark, arguments);
  return 0;
}

}  // namespace

void add_backup(CLI::App& program, int& exit) {
  auto options = std::make_shared<BackupOptions>();
  CLI::App* command = program.add_subcommand(
      "backup", "Copies the data of a running server: journal, keys and signed heads.");
  command->add_option("directory", options->target, "Where to; new or empty")->required();
  add_admin_options(*command, options->data, options->json);
  command->callback([options, &exit] { exit = backup(*options); });
}

void add_restore(CLI::App& program, int& exit) {
  auto arguments = std::make_shared<RestoreArguments>();
  CLI::App* command =
      program.add_subcommand("restore", "Makes a data directory of a backup, checked on the way.");
  command->add_option("backup", arguments->backup, "Directory of the backup")->required();
  command->add_option("--data", arguments->data, "The new data directory; new or empty")
      ->required();
  command->add_option("--to-position", arguments->to_positions,
                      "PARTITION=POSITION: takes away every commit with an event behind it");
  command->add_flag("--json", arguments->json, "Prints JSON");
  command->callback([arguments, &exit] { exit = restore(*arguments); });
}

}  // namespace remit::app
