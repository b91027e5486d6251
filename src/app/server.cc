#include "app/server.h"

#include "app/admin_routes.h"
#include "app/api_routes.h"
#include "app/backup/restore.h"
#include "app/operator.h"
#include "app/read_tables.h"
#include "kit/base/codec/json.h"
#include "kit/base/durable_file.h"
#include "kit/flow/commands.h"
#include "kit/net/public_address.h"
#include "kit/service/fault_log.h"
#include "pay/operators/act.h"
#include "pay/operators/policy.h"
#include "pay/webhooks/enabled_flows.h"

#include <future>
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

namespace remit::app {
namespace {

constexpr std::size_t kReceiptKeyBytes = 32;
constexpr std::size_t kClientPartitions = 1;

/// A step of the orderly end that answers by a callback.
template <class F>
void wait_for(F begin) {
  std::promise<void> done;
  begin([&done] { done.set_value(); });
  done.get_future().wait();
}

/// For the start, before anybody else asks.
template <engine::Command C>
Result<void> execute_and_wait(engine::Engine& engine, engine::CommandContext context, C command) {
  std::promise<Result<engine::Answered>> answer;
  engine.submit(std::move(context), std::move(command),
                [&answer](Result<engine::Answered> said) { answer.set_value(std::move(said)); });
  TRY(answer.get_future().get());
  return {};
}

/// Once when it begins and once when it is over: an outage is no reason to fill the log.
void log_put_off(const service::Logger& log, std::uint64_t partition, engine::PutOff what,
                 const std::optional<Error>& cause) {
  const service::LogField number = service::field("partition", partition);
  if (what == engine::PutOff::Timers) {
    if (!cause) return log.info("Every timer that is due fires again.", {number});
    log.error(
        "A timer that is due cannot be read; it is tried again, and the others go on without it.",
        {number, service::field(*cause)});
  } else {
    if (!cause) return log.info("Checkpoints are written again.", {number});
    log.error(
        "A checkpoint cannot be written; it is tried again, and everything goes on until memory is "
        "full of what none has.",
        {number, service::field(*cause)});
  }
}

net::CurlClientOptions webhook_client_options(const WebhooksSection& section) {
  net::CurlClientOptions options{.name = "webhook-client", .may_connect = {}};
  if (!section.allow_private_addresses) {
    options.may_connect = [](const sockaddr& address) { return net::is_public_address(address); };
  }
  if (!section.trusted_authorities.empty()) {
    options.tls = net::TlsFiles{.trusted_authorities = section.trusted_authorities.string()};
  }
  return options;
}

net::ServerOptions server_options(const HttpSection& section) {
  net::ServerOptions options{
      .address = section.address,
      .port = section.port,
      .connections_max = section.connections_max,
      .connections_per_address_max = section.connections_per_address_max,
      .header_timeout = section.header_timeout,
      .body_timeout = section.body_timeout,
      .body_bytes_per_second_min = section.body_bytes_per_second_min,
      .write_timeout = section.write_timeout,
      .idle_timeout = section.idle_timeout,
  };
  if (!section.tls_certificate.empty()) {
    options.tls = net::TlsFiles{.certificate_chain = section.tls_certificate.string(),
                                .private_key = section.tls_key.string()};
  }
  return options;
}

/// Members may go through the directory and speak to the socket, and nothing else: files stay the server's own.
Result<void> open_to_group(const service::DataDirectory& directory, const std::string& name) {
  const group* found = ::getgrnam(name.c_str());
  const auto give = [&](const std::filesystem::path& path, mode_t mode) {
    return ::chown(path.c_str(), static_cast<uid_t>(-1), found->gr_gid) == 0 &&
           ::chmod(path.c_str(), mode) == 0;
  };
  if (found != nullptr && give(directory.path(), 0710) && give(directory.admin_socket(), 0660)) {
    return {};
  }
  return fail(ErrorCode::FailedPrecondition, "operators_group_unusable",
              fmt::format("operators.group: the server cannot give its socket to the group {}; it "
                          "must exist and the server's user be in it.",
                          name));
}

}  // namespace

Result<std::unique_ptr<Server>> Server::start(ServerConfig config, Ports ports) {
  Storage storage = TRY(Storage::open(config.data, ports.clock, ports.entropy));
  auto server = std::unique_ptr<Server>(new Server(std::move(config), ports, std::move(storage)));
  TRY(server->open_heads());
  TRY(server->open_engines());
  TRY(server->open_flows());
  server->add_metrics();
  server->add_certificate_metrics();
  server->add_health();
  TRY(server->open_api());
  return server;
}

Server::Server(ServerConfig config, Ports ports, Storage storage)
    : config_(std::move(config)),
      ports_(ports),
      log_(ports.log, "server"),
      storage_(std::move(storage)),
      registry_(make_registry()),
      host_(make_thread_host(ports.clock)),
      sealer_(*storage_.keyring, ports.entropy),
      keys_(ports.clock),
      key_follower_(keys_, *storage_.journal, *host_, log_) {
  if (!storage_.notice.empty()) log_.warn(storage_.notice);
  storage_.journal->on_failed([log = log_, ended = ports_.on_journal_failed](const Error& error) {
    log.error("The journal's disk failed; what was not answered yet may have happened.",
              {service::field(error)});
    if (ended) ended();
  });
}

// Here, where AdminRoutes is complete.
Server::~Server() {
  if (certificates_) certificates_->stop();
  // Nobody asks any more, then nobody calls back any more, then nobody follows any more.
  http_.reset();
  admin_.reset();
  backup_.reset();
  if (bank_events_) bank_events_->stop();
  for (const auto& flows : flows_) flows->stop();
  banks_.stop();
  if (engines_) engines_->stop();
  // Behind the engines, whose last callbacks may still post something; what it abandons finds them stopped.
  webhook_client_.reset();
  if (payee_verification_) payee_verification_->stop();
  {
    const std::lock_guard lock(followers_mutex_);
    followers_ready_ = false;
  }
  if (following_keys_) host_->detach(key_follower_);
  if (heads_) heads_->stop();
  flows_.clear();
  bank_events_.reset();
  gateway_.reset();
  engines_.reset();
}

// Before the engines, which would append behind whatever is missing.
Result<void> Server::open_heads() {
  heads_ = TRY(journal::HeadRecorder::open(
      {*storage_.journal, *host_, ports_.entropy,
       [log = log_](const Error& error) {
         log.error("The journal's heads could not be signed; it is tried again.",
                   {service::field(error)});
       }},
      {.file = heads_file(), .key_file = storage_.directory.head_key()}));
  return {};
}

std::filesystem::path Server::heads_file() const {
  return config_.journal.heads.empty() ? storage_.directory.signed_heads() : config_.journal.heads;
}

Result<void> Server::open_engines() {
  storage_.journal->on_durable(
      [this](journal::PartitionId partition, const journal::Head&) { on_durable(partition); });
  engines_ =
      TRY(engine::Engines::open(registry_, {*storage_.journal, *storage_.checkpoints, *host_},
                                {.engine = {}, .client_partitions = kClientPartitions}));
  for (const auto& engine : engines_->all()) {
    engine->on_halted([log = log_, number = engine->partition().value,
                       taken_over = ports_.on_taken_over](const Error& error) {
      log.error("A partition has halted: nothing is decided in it until a restart.",
                {service::field("partition", number), service::field(error)});
      if (error.code == ErrorCode::Fenced && taken_over) taken_over();
    });
    engine->on_put_off([log = log_, number = engine->partition().value](
                           engine::PutOff what, const std::optional<Error>& cause) {
      log_put_off(log, number, what, cause);
    });
  }
  engines_->start();
  std::vector<journal::PartitionId> partitions;
  for (const auto& engine : engines_->all()) partitions.push_back(engine->partition());
  heads_->start(std::move(partitions));
  TRY(keys_.catch_up(*storage_.journal, engine::Engines::kSystem));
  host_->attach(key_follower_);
  following_keys_ = true;
  return {};
}

Result<void> Server::open_flows() {
  banks_ = TRY(Banks::open(config_, ports_.clock, ports_.entropy));
  certificates_ = std::make_unique<CertificateWatch>(*host_, log_);
  for (WatchedFiles& files : banks_.watched(config_, ports_.clock)) {
    TRY(certificates_->add(std::move(files)));
  }
  payee_verification_ = TRY(PayeeVerification::open(
      config_.payee_verification, {ports_.clock, ports_.entropy, ports_.log, metrics_}));
  if (payee_verification_) {
    for (WatchedFiles& files : payee_verification_->watched(config_.payee_verification)) {
      TRY(certificates_->add(std::move(files)));
    }
  }
  webhook_client_ = TRY(net::CurlClient::start(webhook_client_options(config_.webhooks)));
  flow_checkpoints_ =
      TRY(flow::SqliteCheckpointTable::open(storage_.directory.flow_checkpoints().string()));
  const webhooks::DeliveryPolicy policy{.timeout = config_.webhooks.timeout,
                                        .retry_delays = config_.webhooks.retry_delays,
                                        .retry_for = config_.webhooks.retry_for,
                                        .in_flight_max = config_.webhooks.in_flight_max};
  for (const auto& engine : engines_->all()) {
    if (engine->partition() == engine::Engines::kSystem) continue;
    flows_.push_back(TRY(PartitionFlows::open(
        {registry_, *storage_.journal, *engine, *flow_checkpoints_, banks_.rails(), sealer_,
         *webhook_client_, policy, *host_, ports_.entropy},
        storage_.read_model_file(engine->partition().value))));
  }
  TRY(note_restore());
  for (const auto& flows : flows_) TRY(flows->start());
  open_bank_events();
  const std::lock_guard lock(followers_mutex_);
  followers_ready_ = true;
  for (const auto& flows : flows_) flows->wake();
  return {};
}

Result<void> Server::adopt_policy() {
  engine::CommandContext context;
  context.command = gateway_->make_id("cmd");
  context.actor = actor_of_process();
  return execute_and_wait(engines_->system(), std::move(context),
                          operators::AdoptPolicy{config_.operators.four_eyes});
}

void Server::open_bank_events() {
  std::vector<payments::EventIntake::Partition> partitions;
  for (const auto& flows : flows_) partitions.push_back({flows->engine(), flows->queries()});
  bank_events_ = std::make_unique<BankEvents>(
      BankEvents::Ports{std::move(partitions), *host_, ports_.log, metrics_},
      banks_.with_events(config_));
  bank_events_->start();
}

Result<void> Server::note_restore() {
  const auto mark = TRY(find_restored_mark(storage_.directory.path()));
  if (!mark) return {};
  log_.warn(
      "The data come from a backup: flows that act on the world are paused until `remit flows "
      "resume --all`. Compare with the banks' statements first.",
      {service::field("backup_made_at", to_rfc3339(mark->backup_made_at)),
       service::field("restored_by", mark->restored_by)});
  const auto context_of = [&](std::string_view step) {
    engine::CommandContext context;
    context.command = TypeId::derive("cmd", as_bytes(to_rfc3339(mark->restored_at)), step);
    context.actor = mark->restored_by;
    return context;
  };
  // Derived ids, since a crash before the end has all of this said again.
  TRY(execute_and_wait(
      engines_->system(), context_of("restored"),
      operators::RecordAct{TypeId::derive(operators::Act::kPrefix,
                                          as_bytes(to_rfc3339(mark->restored_at)), "restored"),
                           "data_restored", codec::to_json(*mark)}));
  for (const auto& flows : flows_) {
    for (const FlowControl& control : flows->controls()) {
      if (!control.set_throttle) continue;
      const std::string name = control.status().name;
      TRY(execute_and_wait(flows->engine(), context_of(name), flow::PauseFlow{name, true}));
    }
    // Webhooks' flows begin with the read model, which is made anew.
    for (const std::string& name :
         TRY(webhooks::enabled_flows(*storage_.journal, flows->engine().partition()))) {
      TRY(execute_and_wait(flows->engine(), context_of(name), flow::PauseFlow{name, true}));
    }
  }
  return remove_restored_mark(storage_.directory.path());
}

void Server::on_durable(journal::PartitionId partition) {
  if (partition == engine::Engines::kSystem) return host_->wake(key_follower_);
  const std::lock_guard lock(followers_mutex_);
  if (followers_ready_) flows_.at(partition.value - 1)->wake();
}

Result<Bytes> Server::receipt_key() {
  const std::string path = (storage_.directory.keys() / "receipts.key").string();
  Result<Bytes> known = read_file(path, kReceiptKeyBytes);
  if (known || known.error().reason != "file_not_found") return known;
  Bytes made = ports_.entropy.bytes(kReceiptKeyBytes);
  TRY(write_file_durably(path, made, 0600));
  return made;
}

Result<void> Server::open_api() {
  std::map<std::uint64_t, api::ReadSide> sides;
  for (std::size_t i = 0; i < flows_.size(); ++i) {
    sides.emplace(i + 1, api::ReadSide{&flows_[i]->read_model(), &flows_[i]->queries()});
  }
  gateway_ = std::make_unique<api::Gateway>(api::Gateway::Ports{
      .engines = *engines_,
      .authenticator = keys_,
      .clock = ports_.clock,
      .entropy = ports_.entropy,
      .read_sides = std::move(sides),
      .receipt_key = TRY(receipt_key()),
      .key_limit = {config_.clients.key_requests_per_second_max, config_.clients.key_burst_max},
      .address_limit = {config_.http.address_requests_per_second_max,
                        config_.http.address_burst_max},
      .key_in_flight_max = config_.clients.key_requests_in_flight_max,
      .log = service::Logger(ports_.log, "http")});
  bank_events_->add_routes(*gateway_);
  modulus_ = TRY(load_modulus_table(config_.payments));
  add_api_routes(
      {.gateway = *gateway_,
       .sealer = sealer_,
       .entropy = ports_.entropy,
       .modulus = modulus_,
       .banks = banks_.names(),
       .settles_on = config_.payments.settles_on,
       .webhook_urls = {config_.webhooks.allow_http, config_.webhooks.allow_private_addresses,
                        config_.webhooks.ports},
       .payee_verifier = payee_verification_.get(),
       .payees = {.payments_required = config_.payee_verification.payments_required,
                  .payouts_required = config_.payee_verification.payouts_required,
                  .usable_for = config_.payee_verification.usable_for}});
  backup_ = std::make_unique<BackupJob>(
      BackupSource{.data = storage_.directory.path(),
                   .heads = heads_file(),
                   .master_key_included = config_.data.master_key_file.empty()},
      ports_.clock);
  TRY(adopt_policy());
  admin_operations_ = std::make_unique<AdminRoutes>(*this);
  admin_operations_->add(admin_routes_);
  admin_ = TRY(net::HttpServer::start(
      {.name = "admin", .socket_path = storage_.directory.admin_socket().string()},
      [this](net::HttpRequest request, net::Responder respond) {
        service::handle_logged(admin_routes_, service::Logger(ports_.log, "admin"),
                               std::move(request), std::move(respond));
      }));
  if (!config_.operators.group.empty()) {
    TRY(open_to_group(storage_.directory, config_.operators.group));
  }
  http_ = TRY(net::HttpServer::start(server_options(config_.http),
                                     [this](net::HttpRequest request, net::Responder respond) {
                                       handle(std::move(request), std::move(respond));
                                     }));
  for (WatchedFiles& files : own_files(config_.http)) TRY(certificates_->add(std::move(files)));
  certificates_->start();
  return {};
}

std::vector<WatchedFiles> Server::own_files(const HttpSection& section) {
  if (!has_tls()) return {};
  const net::TlsFiles files{.certificate_chain = section.tls_certificate.string(),
                            .private_key = section.tls_key.string()};
  return {{.bank = {},
           .use = "server",
           .paths = {files.certificate_chain, files.private_key},
           .settings = {},
           .take = [this, files]() -> Result<std::vector<CertificateExpiry>> {
             const net::TlsMaterialPtr material = TRY(net::load_tls(files, ports_.clock.now()));
             TRY(http_->use_tls(*material));
             return std::vector<CertificateExpiry>{{"server", *material->certificate_expires_at}};
           }}};
}

void Server::reload(const ServerConfig& config) {
  for (WatchedFiles& files : banks_.watched(config, ports_.clock)) {
    certificates_->change(std::move(files));
  }
  if (payee_verification_) {
    for (WatchedFiles& files : payee_verification_->watched(config.payee_verification)) {
      certificates_->change(std::move(files));
    }
  }
  for (WatchedFiles& files : own_files(config.http)) certificates_->change(std::move(files));
  certificates_->look_now();
}

std::string Server::url() const {
  return fmt::format("{}://{}:{}", has_tls() ? "https" : "http", config_.http.address, port());
}

void Server::drain_http(Duration patience) {
  http_->drain(patience);
  admin_->drain(patience);
}

void Server::stop_flows() {
  bank_events_->stop();
  for (const auto& flows : flows_) flows->stop();
}

void Server::drain_engines() {
  // A checkpoint now makes the next start read next to nothing.
  for (const auto& engine : engines_->all()) {
    wait_for([&engine](auto done) {
      engine->checkpoint([done = std::move(done)](const Result<engine::Position>&) { done(); });
    });
  }
  wait_for([this](auto done) { engines_->drain(std::move(done)); });
  heads_->stop();
}

}  // namespace remit::app
