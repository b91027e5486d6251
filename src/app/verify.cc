#include "app/commands.h"
#include "app/core.h"
#include "app/verify_read_model.h"
#include "kit/base/codec/json.h"
#include "kit/engine/fold.h"
#include "kit/journal/heads/check_heads.h"
#include "kit/journal/heads/head_file.h"
#include "kit/journal/heads/head_key.h"
#include "kit/journal/verify_chain.h"

#include <cstdio>
#include <unistd.h>

/// Proves what is stored, without believing any of it: the heads that were signed, the chain over the journal's bytes, the
/// states against a fold from zero, the read models against one made anew, and the ledger's sums.
namespace remit::app {
namespace {

struct Options {
  std::optional<std::string> config;
  std::string data = "remit-data";
  std::string heads;      ///< Empty: those in the data directory, if there are any.
  std::string heads_key;  ///< Empty: the one beside the heads.
  bool json = false;
};

struct Proof {
  std::string what;
  bool holds = true;
  std::string detail;
};

class Verification {
 public:
  explicit Verification(const Options& options)
      : options_(options), progress_(!options.json && ::isatty(STDERR_FILENO) != 0) {}

  Result<void> run() {
    SystemEntropy entropy;
    Storage storage = TRY(Storage::open({.directory = options_.data}, entropy));
    const engine::Registry registry = make_registry();
    TRY(heads_are_there(storage));
    constexpr std::uint64_t kPartitions = 2;  // The system's and the clients'.
    for (std::uint64_t number = 0; number < kPartitions; ++number) {
      const journal::PartitionId partition(number);
      if (!TRY(chain_holds(*storage.journal, partition))) return {};
      TRY(fold_holds(registry, storage, partition));
    }
    const ReadModelReport report = TRY(verify_read_model(
        registry, *storage.journal, journal::PartitionId(1), storage.read_model_file(1)));
    proofs_.push_back({"read model of partition 1", report.differences.empty(),
                       !report.stored ? "there is none yet; the next start makes it"
                       : report.differences.empty()
                           ? fmt::format("{} rows equal to one made anew from {} events",
                                         report.rows, report.events)
                           : report.differences.front()});
    for (const LedgerSum& sum : report.sums) {
      proofs_.push_back(
          {fmt::format("ledger in {}", sum.currency), sum.balanced(),
           fmt::format(
               "debits {} and credits {} posted, {} and {} pending, {} accounts, {} transfers",
               sum.debits_posted, sum.credits_posted, sum.debits_pending, sum.credits_pending,
               sum.accounts, sum.transfers)});
    }
    for (const std::string& account : report.unequal_accounts) {
      proofs_.push_back(
          {"account " + account, false, "its balances are not the sums of its transfers"});
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
    if (!exists && options_.heads.empty()) return {};
    if (!exists) {
      return fail(ErrorCode::NotFound, "file_not_found",
                  fmt::format("--heads: {} does not exist.", options_.heads));
    }
    const std::string what = "signed heads";
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

  Result<bool> chain_holds(journal::Journal& journal, journal::PartitionId partition) {
    const journal::ChainReport report = TRY(journal::verify_chain(
        journal, partition, [this](journal::Sequence done, journal::Sequence end) {
          show_progress("chain", done.value, end.value);
        }));
    const std::string what = fmt::format("chain of partition {}", partition.value);
    if (!report.broken) {
      proofs_.push_back(
          {what, true,
           fmt::format("{} commits, {} events, head {}", report.commits, report.events,
                       to_hex(view_of(report.head.chain)).substr(0, 16))});
      return true;
    }
    const journal::ChainBreak& broken = *report.broken;
    proofs_.push_back(
        {what, false,
         fmt::format("commit {} (positions {} to {}, first event {}) is damaged: {}",
                     broken.sequence.value, broken.first_position.value, broken.last_position.value,
                     broken.first_event.empty() ? "unreadable" : broken.first_event, broken.why)});
    return false;
  }

  Result<void> fold_holds(const engine::Registry& registry, Storage& storage,
                          journal::PartitionId partition) {
    engine::FoldOptions options;
    options.progress = [this](journal::Position done, journal::Position end) {
      show_progress("fold", done.value, end.value);
    };
    const engine::FoldReport report = TRY(
        engine::verify_fold(registry, *storage.journal, *storage.checkpoints, partition, options));
    std::string detail = fmt::format("{} events folded, {} states of the checkpoint equal",
                                     report.events, report.compared_with_checkpoint);
    if (report.difference) {
      detail = fmt::format("{} is {} by the fold and {} in the checkpoint",
                           report.difference->entity.to_string(), report.difference->folded,
                           report.difference->found);
    }
    proofs_.push_back(
        {fmt::format("states of partition {}", partition.value), !report.difference, detail});
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
  CLI::App* command =
      program.add_subcommand("verify",
                             "Proves that states, read models and ledger equal a fold of the "
                             "journal from zero. The server must be stopped.");
  command->add_option("--data", options->data, "Data directory")->capture_default_str();
  command->add_option("--heads", options->heads,
                      "Signed heads, such as an exported copy; heads.jsonl in the data directory");
  command->add_option("--heads-key", options->heads_key,
                      "Their public key in PEM; the .pub beside the heads");
  command->add_flag("--json", options->json, "Prints JSON");
  command->callback([options, &exit] { exit = verify(*options); });
}

}  // namespace remit::app
