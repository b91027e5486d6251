#include "kit/base/durable_file.h"
#include "lab/sim/swarm.h"

#include <fmt/format.h>

#include <charconv>

/// Worlds that failed once: their file in the tree, and running them again.
namespace remit::lab::sim {
namespace {

constexpr std::size_t kFileBytesMax = 1024 * 1024;

std::unexpected<Error> invalid(std::size_t line, std::string_view why) {
  return fail(ErrorCode::InvalidArgument, "kept_seeds_invalid",
              fmt::format("Line {}: {}.", line, why));
}

std::vector<std::string_view> split(std::string_view text, char between) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(between), text.size());
    if (end > 0) parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

template <class N>
bool read_number(std::string_view text, N& number) {
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  return read.ec == std::errc() && read.ptr == text.data() + text.size();
}

Result<KeptWorld> read_line(std::string_view text, std::size_t line) {
  const std::size_t comment = std::min(text.find('#'), text.size());
  KeptWorld kept;
  bool has_seed = false;
  const std::vector<std::string_view> words = split(text.substr(0, comment), ' ');
  for (std::size_t i = 0; i + 1 < words.size(); i += 2) {
    bool fits = true;
    if (words[i] == "--seed") {
      fits = has_seed = read_number(words[i + 1], kept.seed);
    } else if (words[i] == "--payments") {
      fits = read_number(words[i + 1], kept.world.payments_max);
    } else if (words[i] == "--turns") {
      fits = read_number(words[i + 1], kept.world.turns_max);
    } else if (words[i] == "--unknown") {
      fits = read_number(words[i + 1], kept.world.unknown_permille) &&
             kept.world.unknown_permille <= 900;
    } else if (words[i] == "--without") {
      kept.world.without = TRY(parse_fault_mask(words[i + 1]));
    } else {
      fits = false;
    }
    if (!fits) return invalid(line, fmt::format("{} {} is not understood", words[i], words[i + 1]));
  }
  if (!has_seed || words.size() % 2 != 0) return invalid(line, "give --seed and its options");
  if (comment == text.size()) return invalid(line, "say behind # what it found");
  const std::size_t found = text.find_first_not_of("# ", comment);
  kept.found = found == std::string_view::npos ? std::string() : std::string(text.substr(found));
  return kept;
}

}  // namespace

Result<FaultMask> parse_fault_mask(std::string_view names) {
  FaultMask mask;
  for (const std::string_view name : split(names, ',')) {
    const auto which = fault_class_named(name);
    if (!which) {
      FaultMask all;
      all.set();
      return fail(ErrorCode::InvalidArgument, "fault_class_unknown",
                  fmt::format("'{}' is none of {}.", name, describe(all)));
    }
    mask.set(static_cast<std::size_t>(*which));
  }
  return mask;
}

Result<std::vector<KeptWorld>> read_kept_worlds(const std::string& file) {
  const Bytes bytes = TRY(read_file(file, kFileBytesMax));
  std::vector<KeptWorld> worlds;
  std::size_t number = 0;
  std::string_view text = as_text(bytes);
  while (!text.empty()) {
    ++number;
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.starts_with('#')) continue;
    worlds.push_back(TRY(read_line(line, number)));
  }
  return worlds;
}

int run_kept(const std::vector<KeptWorld>& worlds, std::FILE* out) {
  int failures = 0;
  for (const KeptWorld& kept : worlds) {
    const Outcome outcome = run_apart(kept.seed, kept.world);
    for (const std::string& violation : outcome.violations) {
      fmt::print(out, "seed {}: {}\n  replay: {}\n  it was kept for: {}\n", kept.seed, violation,
                 replay_command(kept.seed, kept.world), kept.found);
    }
    failures += outcome.violations.empty() ? 0 : 1;
  }
  fmt::print(out, "{} kept worlds: {} failed\n", worlds.size(), failures);
  return failures;
}

}  // namespace remit::lab::sim
