#include "app/commands.h"
#include "app/core.h"
#include "app/data_snapshot.h"
#include "app/verify_partition.h"
#include "kit/base/codec/json.h"
#include "kit/journal/heads/check_heads.h"
#include "kit/journal/heads/head_file.h"
#include "kit/journal/heads/head_key.h"

#include <cstdio>
#include <unistd.h>

/// Proves what is stored, without believing any of it: the heads that were signed, and each partition from its bytes upwards.
namespace remit::app {
namespace {

struct Options {
  std::string data = "remit-data";
  std::string heads;      ///< Empty: those in the data directory, if there are any.
  std::string heads_key;  ///< Empty: the one beside the heads.
  bool json = false;
};

class Verification {
 public:
  explicit Verification(const Options& options)
      : options_(options), progress_(!options.json && ::isatty(STDERR_FILENO) != 0) {}

  Result<void> run() {
    SystemClock clock;
    SystemEntropy entropy;
    Result<Storage> opened = Storage::open({.directory = options_.data}, clock, entropy);
    std::optional<DataSnapshot> snapshot;
    if (!opened && opened.error().reason == "data_directory_in_use") {
      snapshot.emplace(TRY(DataSnapshot::take(options_.data)));
      proofs_.push_back({"snapshot", true, "the server runs: what follows is of a copy of now"});
      opened = Storage::open({.directory = snapshot->path().string()}, clock, entropy);
    }
    Storage storage = TRY(std::move(opened));
    TRY(heads_are_there(storage));
    constexpr std::uint64_t kPartitions = 2;  // The system's and the clients'.
    for (std::uint64_t number = 0; number < kPartitions; ++number) {
      std::vector<Proof> proofs =
          TRY(verify_partition(storage, journal::PartitionId(number),
                               [this](std::string_view what, std::uint64_t done,
                                      std::uint64_t end) { show_progress(what, done, end); }));
      std::ranges::move(proofs, std::back_inserter(proofs_));
    }
    return {};
  }

  bool holds() const {
    return std::ranges::all_of(proofs_, [](const Proof& proof) { return proof.holds; });
  }
  std::string text() const {
    std::string all;
    for (const Proof& proof : proofs_) {
      all += fmt::format("{} {}: {}\n", proof.holds ? "ok  " : "FAIL", proof.what, proof.detail);
    }
    return all;
  }
  std::string json() const {
    std::vector<std::string> items;
    for (const Proof& proof : proofs_) {
      items.push_back(fmt::format(R"({{"what":{},"holds":{},"detail":{}}})",
                                  codec::to_json(proof.what), proof.holds,
                                  codec::to_json(proof.detail)));
    }
    return fmt::format("{{\"holds\":{},\"proofs\":[{}]}}\n", holds(), fmt::join(items, ","));
  }

 private:
  /// The chain cannot show that its end was cut off; what was signed of it can.
  Result<void> heads_are_there(Storage& storage) {
    const journal::HeadFile file(options_.heads.empty() ? storage.directory.signed_heads()
                                                        : std::filesystem::path(options_.heads));
    const bool exists =
        std::filesystem::exists(file.path()) || std::filesystem::exists(file.path_before());
    const std::string what = "signed heads";
    if (!exists && options_.heads.empty()) {
      proofs_.push_back({what, true, "there are none: an end that was cut off would not be found"});
      return {};
    }
    if (!exists) {
      return fail(ErrorCode::NotFound, "file_not_found",
                  fmt::format("--heads: {} does not exist.", options_.heads));
    }
    const Result<std::vector<journal::SignedHead>> heads = file.read();
    if (!heads) {
      proofs_.push_back({what, false, heads.error().message});
      return {};
    }
    const Ed25519PublicKey key = TRY(journal::load_head_public_key(
        options_.heads_key.empty() ? file.public_key_path()
                                   : std::filesystem::path(options_.heads_key)));
    const journal::HeadsReport report = TRY(journal::check_heads(*storage.journal, *heads, key));
    for (const std::string& fault : report.faults) proofs_.push_back({what, false, fault});
    if (report.faults.empty()) {
      proofs_.push_back(
          {what, true,
           fmt::format("{} signed by key {} are in the chain", report.heads, key.id())});
    }
    return {};
  }

  void show_progress(std::string_view what, std::uint64_t done, std::uint64_t end) const {
    if (!progress_ || end == 0) return;
    const std::string line =
        fmt::format("\r{} {:3}%\033[K{}", what, done * 100 / end, done == end ? "\r\033[K" : "");
    std::fwrite(line.data(), 1, line.size(), stderr);
  }

  const Options& options_;
  const bool progress_;
  std::vector<Proof> proofs_;
};

int verify(const Options& options) {
  Verification verification(options);
  const Result<void> run = verification.run();
  if (options.json) {
    print(verification.json());
  } else {
    print(verification.text());
  }
  if (!run) return report(run.error(), options.json);
  return verification.holds() ? 0 : 1;
}

}  // namespace

void add_verify(CLI::App& program, int& exit) {
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand(
      "verify",
      "Proves that the journal keeps every invariant and that states, read "
      "models and ledger equal a fold of it from zero. Of a running server a "
      "copy is proved, which is made in TMPDIR.");
  command->add_option("--data", options->data, "Data directory")->capture_default_str();
  command->add_option("--heads", options->heads,
                      "Signed heads, such as an exported copy; heads.jsonl in the data directory");
  command->add_option("--heads-key", options->heads_key,
                      "Their public key in PEM; the .pub beside the heads");
  command->add_flag("--json", options->json, "Prints JSON");
  command->callback([options, &exit] { exit = verify(*options); });
}

}  // namespace remit::app
