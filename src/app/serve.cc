#include "app/commands.h"
#include "app/server.h"
#include "kit/service/descriptors.h"
#include "kit/service/life_cycle.h"

#include <cstdlib>
#include <fstream>

namespace remit::app {
namespace {

constexpr auto kDrainPatience = std::chrono::seconds(25);
/// EX_IOERR of sysexits.h.
constexpr int kExitDiskFailed = 74;
/// EX_TEMPFAIL of it.
constexpr int kExitTakenOver = 75;
/// For files, and connections to banks and webhook endpoints.
constexpr std::uint64_t kDescriptorsBeside = 1024;

struct ServeOptions {
  std::optional<std::string> config;
  std::optional<std::string> data;
  bool print_config = false;
};

int serve(const ServeOptions& options) {
  // Before any thread: it blocks the signals that it waits for.
  service::LifeCycle life;
  Result<ServerConfig> config = load_server_config(options.config);
  if (!config) return report(config.error(), false);
  if (options.data) config->data.directory = *options.data;
  if (options.print_config) {
    print(service::print_config(*config));
    return 0;
  }
  if (const std::vector<std::string> problems = check(*config); !problems.empty()) {
    for (const std::string& problem : problems) {
      report({ErrorCode::InvalidArgument, "config_invalid", problem, {}, nullptr}, false);
    }
    return 1;
  }
  SystemClock clock;
  SystemEntropy entropy;
  service::Log log(clock, config->log.level);
  const service::Logger logger(log, "server");
  const std::uint64_t descriptors = service::raise_descriptors_limit();
  if (descriptors < config->http.connections_max + kDescriptorsBeside) {
    logger.warn("Fewer files may be open than http.connections_max needs; raise the limit.",
                {service::field("files_max", descriptors)});
  }
  // At once: whatever would still be done in order might build on what the disk does not hold.
  const auto end_at_once = [&logger] {
    logger.error("The process ends; started again, it reads what the disk holds.");
    std::_Exit(kExitDiskFailed);
  };
  // What another process took over is not ours to write any more.
  const auto end_taken_over = [&logger] {
    logger.error(
        "Another process took over the journal; this one ends. See which one, and why the lock of "
        "the data "
        "directory did not keep them apart.");
    std::_Exit(kExitTakenOver);
  };
  Result<std::unique_ptr<Server>> server =
      Server::start(std::move(*config), {clock, entropy, log, end_at_once, end_taken_over});
  if (!server) return report(server.error(), false);
  life.on_reload([&] {
    const Result<ServerConfig> fresh = load_server_config(options.config);
    if (!fresh) {
      return logger.error("The configuration cannot be read again; nothing of it is taken.",
                          {service::field(fresh.error())});
    }
    (*server)->reload(*fresh);
  });
  logger.info("Serving.", {service::field("url", (*server)->url())});
  life.on_stop("readiness", [&] {
    life.on_reload({});
    (*server)->set_draining();
  });
  life.on_stop("http", [&] { (*server)->drain_http(std::chrono::seconds(10)); });
  life.on_stop("flows", [&] { (*server)->stop_flows(); });
  life.on_stop("engines", [&] { (*server)->drain_engines(); });
  const service::StopReport stopped = life.run(kDrainPatience);
  if (!stopped.in_time) {
    logger.error("The end took too long; the journal holds all that was accepted.",
                 {service::field("during", stopped.action)});
    std::_Exit(1);
  }
  logger.info("Stopped.");
  return 0;
}

}  // namespace

void add_serve(CLI::App& program, int& exit) {
  auto options = std::make_shared<ServeOptions>();
  CLI::App* command = program.add_subcommand("serve", "Serves the API and runs the flows.");
  command->add_option("--config", options->config, "TOML file; remit.toml if it exists");
  command->add_option("--data", options->data, "Data directory, instead of the configured one");
  command->add_flag("--print-config", options->print_config,
                    "Prints the effective configuration, secrets masked, and ends");
  command->callback([options, &exit] { exit = serve(*options); });
}

}  // namespace remit::app
