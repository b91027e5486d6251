#include "app/admin_client.h"
#include "app/commands.h"
#include "app/core.h"
#include "kit/engine/dump.h"

#include <thread>

namespace remit::app {
namespace {

constexpr auto kFollowEvery = std::chrono::milliseconds(200);

struct Options {
  std::string data = "remit-data";
  std::uint64_t partition = 1;
  std::uint64_t from = 1;
  std::optional<std::string> stream;
  bool follow = false;
};

bool matches(const Options& options, const journal::Event& event) {
  return !options.stream || event.stream.to_string() == *options.stream;
}

/// A page of lines from `from` on, and the position behind it.
struct Page {
  std::string lines;
  std::uint64_t next = 0;
};

/// Of a running server, which alone may use its files.
Result<Page> ask_server(const Options& options, std::uint64_t from) {
  Page page{.next = from};
  const std::string body =
      TRY(ask_admin(options.data, "GET",
                    fmt::format("/admin/journal?partition={}&from={}", options.partition, from)));
  std::string_view rest = body;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n') + 1);
    rest.remove_prefix(line.size());
    const auto event = TRY(codec::JsonDocument::parse(line, {}));
    page.next = std::strtoull(text_at(event.root(), "position").c_str(), nullptr, 10) + 1;
    if (!options.stream || text_at(event.root(), "stream") == *options.stream) page.lines += line;
  }
  return page;
}

Result<Page> read_file(const Options& options, journal::Journal& journal,
                       const engine::Registry& registry, std::uint64_t from) {
  Page page{.next = from};
  const auto events =
      TRY(journal.read(journal::PartitionId(options.partition), journal::Position(from), {}));
  for (const journal::Event& event : events) {
    page.next = event.position.value + 1;
    if (matches(options, event)) page.lines += engine::dump_event(registry, event) + "\n";
  }
  return page;
}

template <class Read>
int print_all(const Options& options, Read read) {
  std::uint64_t next = options.from;
  while (true) {
    const Result<Page> page = read(next);
    if (!page) return report(page.error(), false);
    print(page->lines);
    const bool more = page->next != next;
    next = page->next;
    if (more) continue;
    if (!options.follow) return 0;
    std::this_thread::sleep_for(kFollowEvery);
  }
}

int dump(const Options& options) {
  if (ask_admin(options.data, "GET", "/admin/status")) {
    return print_all(options, [&](std::uint64_t from) { return ask_server(options, from); });
  }
  SystemEntropy entropy;
  SystemClock clock;
  const auto storage = Storage::open({.directory = options.data}, clock, entropy);
  if (!storage) return report(storage.error(), false);
  const engine::Registry registry = make_registry();
  return print_all(options, [&](std::uint64_t from) {
    return read_file(options, *storage->journal, registry, from);
  });
}

}  // namespace

void add_journal(CLI::App& program, int& exit) {
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand(
      "journal", "Prints events, a line of JSON each. Sealed fields stay sealed.");
  command->require_subcommand(1);
  command->fallthrough();
  command->add_option("--data", options->data, "Data directory")->capture_default_str();
  command->add_option("--partition", options->partition, "0 is the system's")
      ->capture_default_str();
  command->add_option("--from", options->from, "Position of the first one")->capture_default_str();
  command->add_option("--stream", options->stream, "Only of this one, such as pay_...");
  command->add_subcommand("dump", "All there is.")->callback([options, &exit] {
    exit = dump(*options);
  });
  command->add_subcommand("tail", "All there is, and what comes.")->callback([options, &exit] {
    options->follow = true;
    exit = dump(*options);
  });
}

}  // namespace remit::app
