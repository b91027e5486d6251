#include "app/commands.h"
#include "app/demo/comparison.h"
#include "app/demo/options.h"
#include "app/demo/shop.h"
#include "app/world/verification.h"
#include "app/world/world.h"
#include "kit/base/codec/json.h"

#include <csignal>
#include <cstdio>
#include <unistd.h>

/// `remit demo`: payments from the API call to settled money over real HTTPS, with faults on, and then the bank's own books
/// beside the ledger.
namespace remit::app {
namespace {

constexpr auto kTick = std::chrono::milliseconds(250);
constexpr auto kPatience = std::chrono::minutes(5);
constexpr std::size_t kChaosRuns = 10;
constexpr auto kKillEveryMin = std::chrono::milliseconds(300);
constexpr auto kKillEverySpan = std::chrono::milliseconds(1500);

class Demo {
 public:
  explicit Demo(const DemoOptions& options)
      : options_(options), random_(options.seed), terminal_(::isatty(STDERR_FILENO) != 0) {}

  /// The outcome of one run: the comparison, once the world has come to rest.
  Result<Comparison> run() {
    say("Starting the model bank and the server ...");
    world_ = TRY(World::start({.directory = options_.directory,
                               .seed = options_.seed,
                               .confirm_funds = options_.confirm_funds,
                               .standard = options_.standard,
                               .events = options_.events}));
    const auto receiver = TRY(WebhookReceiver::start(*world_));
    {
      Shop shop(*world_, options_);
      shop.start();
      begun_ = std::chrono::steady_clock::now();
      next_kill_ = begun_ + kKillEveryMin;
      while (!shop.done()) TRY(tick(shop, "paying", 0));
      for (const std::string& complaint : shop.complaints()) say("  " + complaint);
      complaints_ = shop.complaints().size();
      TRY(come_to_rest(shop));
      for (const std::string& finding : shop.acknowledged().compare(*world_)) {
        say("  " + finding);
        ++complaints_;
      }
    }
    end_line();
    return compare(*world_, *receiver);
  }

  std::size_t complaints() const { return complaints_; }
  std::uint64_t kills() const { return kills_; }
  World& world() { return *world_; }
  double seconds() const { return seconds_; }

 private:
  Result<void> come_to_rest(Shop& shop) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (true) {
      const Result<std::uint64_t> open = count_open(*world_);
      if (open && *open == 0) break;
      if (std::chrono::steady_clock::now() > deadline) break;
      TRY(tick(shop, "settling", open.value_or(options_.payments)));
    }
    seconds_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun_).count();
    // The bank finishes what it has taken.
    std::this_thread::sleep_for(std::chrono::seconds(1));
    return {};
  }

  Result<void> tick(Shop& shop, std::string_view what, std::uint64_t open) {
    std::this_thread::sleep_for(kTick);
    show(shop, what, open);
    if (!options_.chaos || std::chrono::steady_clock::now() < next_kill_) return {};
    ++kills_;
    TRY(world_->kill_and_restart_server());
    const auto span = static_cast<std::uint64_t>(kKillEverySpan.count());
    next_kill_ = std::chrono::steady_clock::now() + kKillEveryMin +
                 std::chrono::milliseconds(random_.below(span));
    return {};
  }

  void show(const Shop& shop, std::string_view what, std::uint64_t open) {
    if (options_.json || !terminal_) return;
    const ShopProgress& progress = shop.progress();
    std::string line = fmt::format(
        "\r{} {:5.1f} s  created {}/{}  approved {}  abandoned {}", what,
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begun_).count(),
        progress.created.load(), options_.payments, progress.approved.load(),
        progress.abandoned.load());
    line += fmt::format("  refunded {}", progress.refunds.load());
    if (what == "settling") line += fmt::format("  under way {}", open);
    if (options_.chaos)
      line += fmt::format("  kills {}  retried {}", kills_, progress.retried.load());
    line += "\033[K";
    std::fwrite(line.data(), 1, line.size(), stderr);
  }
  void end_line() const {
    if (!options_.json && terminal_) std::fputs("\r\033[K", stderr);
  }
  void say(const std::string& line) const {
    if (options_.json) return;
    const std::string text = line + "\n";
    std::fwrite(text.data(), 1, text.size(), stderr);
  }

  const DemoOptions options_;
  SeededRandom random_;
  const bool terminal_;
  std::unique_ptr<World> world_;
  std::chrono::steady_clock::time_point begun_;
  std::chrono::steady_clock::time_point next_kill_;
  std::uint64_t kills_ = 0;
  std::size_t complaints_ = 0;
  double seconds_ = 0;
};

void wait_for_interrupt() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  int signal = 0;
  sigwait(&set, &signal);
}

bool verify(const DemoOptions& options) {
  const Verification verification = verify_data(options.directory);
  if (!options.json) print(verification.said);
  return verification.holds;
}

void keep(Demo& demo) {
  World& world = demo.world();
  print(
      fmt::format("\nThe API:   {}\nIts key:   {}\nThe bank:  {}   books: {}/sandbox/books\n"
                  "Try:       curl --cacert {}/ca.pem -H 'Authorization: Bearer {}' "
                  "{}/v1/payments\nCtrl-C ends it.\n",
                  world.server_url(), world.key(), world.bank_url(), world.control_url(),
                  world.data_directory() + "/..", world.key(), world.server_url()));
  wait_for_interrupt();
}

int run_once(const DemoOptions& options) {
  Demo demo(options);
  const Result<Comparison> comparison = demo.run();
  if (!comparison) return report(comparison.error(), options.json);
  bool holds =
      comparison->holds() && comparison->total == options.payments && demo.complaints() == 0;
  if (!options.json) {
    print(
        fmt::format("{} payments in {:.1f} s{}\n\n{}\n", comparison->total, demo.seconds(),
                    options.chaos ? fmt::format(", the server killed {} times", demo.kills()) : "",
                    to_table(*comparison)));
  }
  if (options.keep) keep(demo);
  const bool ended = demo.world().stop_server() == 0;
  const bool verified = ended && verify(options);
  holds = holds && verified;
  if (options.json) {
    print(fmt::format(R"({{"holds":{},"seconds":{:.3f},"kills":{},"verified":{},"comparison":{}}})"
                      "\n",
                      holds, demo.seconds(), demo.kills(), verified, to_json(*comparison)));
  } else if (!ended) {
    print("The server did not end in order; look at serve.log.\n");
  }
  return holds ? 0 : 1;
}

int run(DemoOptions options) {
  // Blocked in every thread, so that --keep can wait for them.
  if (options.keep) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
  }
  const std::size_t runs = options.runs != 0 ? options.runs : options.chaos ? kChaosRuns : 1;
  std::size_t failed = 0;
  for (std::size_t i = 0; i < runs; ++i) {
    if (runs > 1 && !options.json)
      print(fmt::format("== run {} of {}, seed {}\n", i + 1, runs, options.seed));
    failed += run_once(options) == 0 ? 0 : 1;
    ++options.seed;
  }
  if (runs > 1 && !options.json) print(fmt::format("== {} of {} runs hold\n", runs - failed, runs));
  return failed == 0 ? 0 : 1;
}

}  // namespace

void add_demo(CLI::App& program, int& exit) {
  auto options = std::make_shared<DemoOptions>();
  CLI::App* command = program.add_subcommand("demo",
                                             "Takes payments end to end against the model bank, "
                                             "faults on, and compares its books with the ledger.");
  command->add_option("--payments", options->payments, "How many")->capture_default_str();
  command->add_option("--payers", options->payers, "At once")->capture_default_str();
  command->add_option("--seed", options->seed, "Of amounts and faults")->capture_default_str();
  command
      ->add_option("--directory", options->directory,
                   "Made anew; holds data, keys, logs and exchanges")
      ->capture_default_str();
  command
      ->add_option("--standard", options->standard,
                   "Of the bank's API of events, and of half of the payments")
      ->check(CLI::IsMember({"3.1.11", "4.0"}))
      ->capture_default_str();
  command->add_option("--events", options->events, "How the bank's events come to the server")
      ->check(CLI::IsMember({"none", "poll", "push"}))
      ->capture_default_str();
  command->add_flag("--confirm-funds", options->confirm_funds,
                    "Asks the bank for the payer's funds before each hand-over");
  command->add_flag("--chaos", options->chaos,
                    "Kills the server with -9 at random moments; ten runs");
  command->add_option("--runs", options->runs, "How many runs; 1, or 10 with --chaos");
  command->add_flag("--keep", options->keep, "Stays up and prints URLs and a key");
  command->add_flag("--json", options->json, "Prints JSON");
  command->callback([options, &exit] { exit = run(*options); });
}

}  // namespace remit::app
