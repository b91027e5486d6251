#include "lab/sim/process.h"

#include "kit/flow/dead_letter_tables.h"
#include "pay/api/facts.h"
#include "pay/ledger/account.h"
#include "pay/ledger/facts.h"
#include "pay/ledger/read_tables.h"
#include "pay/ledger/transfer.h"
#include "pay/payers/erase_payers.h"
#include "pay/payments/facts.h"
#include "pay/payments/read_tables.h"
#include "pay/webhooks/facts.h"
#include "pay/webhooks/read_tables.h"
#include "rails/open_banking_uk/event_token.h"

#include <fmt/format.h>

#include <utility>

namespace remit::lab::sim {
namespace {

using std::chrono::seconds;

constexpr std::string_view kBankName = "model";

rails::open_banking_uk::Ports rail_ports(net::HttpClient& http, Machine& machine,
                                         Entropy& entropy) {
  return {
      .http = http, .signer = ModelBank::signer(), .clock = machine.clock(), .entropy = entropy};
}

net::HttpResponse answer_to(const Result<void>& taken) {
  if (taken) return {.status = 202};
  return {.status = taken.error().code == ErrorCode::PermissionDenied ? 400 : 503};
}

}  // namespace

std::vector<std::string> kept_in_read_model() {
  return {
      std::string(payments::Payment::kPrefix),         std::string(ledger::Account::kPrefix),
      std::string(ledger::Transfer::kPrefix),          std::string(flow::DeadLetter::kPrefix),
      std::string(webhooks::WebhookEndpoint::kPrefix), std::string(webhooks::Delivery::kPrefix)};
}

std::vector<std::unique_ptr<flow::ReadTables>> make_read_tables() {
  std::vector<std::unique_ptr<flow::ReadTables>> tables;
  tables.push_back(payments::make_read_tables());
  tables.push_back(ledger::make_read_tables());
  tables.push_back(webhooks::make_read_tables());
  tables.push_back(flow::make_dead_letter_tables());
  tables.push_back(api::make_fact_tables({payments::facts(), ledger::facts(), webhooks::facts()}));
  return tables;
}

/// The checkpoints of flows as seen by a process: what a dead one saves is not saved.
class Process::MortalTable final : public flow::CheckpointTable {
 public:
  explicit MortalTable(flow::CheckpointTable& disk) : disk_(disk) {}
  Result<flow::Checkpoint> load(std::string_view flow) override { return disk_.load(flow); }
  Result<void> save(std::string_view flow, const flow::Checkpoint& checkpoint) override {
    if (dead_) return {};
    return disk_.save(flow, checkpoint);
  }
  void die() { dead_ = true; }

 private:
  flow::CheckpointTable& disk_;
  bool dead_ = false;
};

/// A client of the network as a process has it: what a dead one sends goes nowhere, and what it waited for is never heard.
class Process::MortalClient final : public net::HttpClient {
 public:
  explicit MortalClient(std::unique_ptr<net::HttpClient> network) : network_(std::move(network)) {}
  void send(net::ClientRequest request, Callback callback) override {
    if (network_) network_->send(std::move(request), std::move(callback));
  }
  void die() { network_.reset(); }

 private:
  std::unique_ptr<net::HttpClient> network_;
};

Process::Process(Ports ports, journal::PartitionId partition)
    : ports_(std::move(ports)),
      machine_(ports_.host),
      random_(ports_.random.next()),
      bank_client_(std::make_unique<MortalClient>(
          ports_.network.connect("remit", machine_, ModelBank::certificate_thumbprint()))),
      webhook_client_(
          std::make_unique<MortalClient>(ports_.network.connect("remit", machine_, ""))),
      rail_(ports_.bank.rail_options(), rail_ports(*bank_client_, machine_, ports_.entropy)),
      rails_{{std::string(kBankName), &rail_}},
      source_(ports_.disks.journal(), partition),
      table_(std::make_unique<MortalTable>(ports_.disks.flow_checkpoints())) {}

Process::~Process() {
  table_->die();
  bank_client_->die();
  webhook_client_->die();
  if (watch_) watch_->stop();
  flows_.clear();
  if (read_flow_) read_flow_->stop();
  if (webhooks_) webhooks_->stop();
  if (engine_) engine_->stop();
}

Result<std::unique_ptr<Process>> Process::open(Ports ports, journal::PartitionId partition) {
  auto made = std::unique_ptr<Process>(new Process(std::move(ports), partition));
  TRY(made->open_engine(partition));
  TRY(made->open_flows());
  made->open_events();
  return made;
}

Result<void> Process::open_engine(journal::PartitionId partition) {
  engine::EngineOptions options;
  options.verify_events_every = 16;
  options.entities_max = 1 + random_.below(200);
  options.checkpoint_events_max = 20 + random_.below(400);
  options.batch_commands_max = 1 + random_.below(32);
  options.receipts_recent_max = random_.below(32);
  // Few at a time, so that states change while a checkpoint of them is being made.
  options.checkpoint_slice_max = 1 + options.entities_max % 8;
  engine_ = TRY(engine::Engine::open(ports_.registry,
                                     {ports_.disks.journal(), ports_.disks.checkpoints(), machine_},
                                     partition, options));
  engine_->start();
  return {};
}

Result<void> Process::open_flows() {
  const std::string file = ports_.disks.read_model_file();
  sqlite::Disk* disk = ports_.disks.read_model_disk();
  model_ = TRY(flow::ReadModel::open(ports_.registry, {file, kept_in_read_model(), disk},
                                     make_read_tables()));
  queries_ = TRY(store::ReadQueries::start(file, "read-queries", machine_, disk));
  read_flow_ =
      std::make_unique<flow::DerivedFlow>(flow::DerivedFlow::Ports{source_, *model_, machine_});
  webhooks_ =
      TRY(webhooks::Dispatcher::start({*engine_, ports_.disks.journal(), *table_, *webhook_client_,
                                       ports_.sealer, machine_, ports_.entropy, disk},
                                      file, ports_.webhook_policy));
  read_flow_->on_progress([this](flow::Cursor) { webhooks_->wake(); });
  TRY(read_flow_->start());
  TRY(start_payment_flow<payments::AuthorisePayments>());
  TRY(start_payment_flow<payments::ExchangeCodes>());
  TRY(start_payment_flow<payments::SubmitPayments>());
  TRY(start_payment_flow<payments::ResolvePayments>());
  TRY(start_payment_flow<payments::QueryStatuses>());
  return start_flow(payers::ErasePayers::kName,
                    std::make_unique<payers::ErasePayers>(ports_.sealer));
}

template <class E>
Result<void> Process::start_payment_flow() {
  return start_flow(E::kName, std::make_unique<E>(payments::EffectPorts{
                                  *engine_, rails_, ports_.sealer, machine_.clock()}));
}

Result<void> Process::start_flow(std::string_view name, std::unique_ptr<flow::Effect> effect) {
  effects_.push_back(std::move(effect));
  flow::EffectFlowOptions options;
  options.name = std::string(name);
  // Some lives give up soon, so that there are dead letters, and records behind them.
  options.attempts_max = static_cast<std::uint32_t>(1 + random_.below(12));
  options.retry_delay_max = std::chrono::minutes(1);
  flows_.push_back(std::make_unique<flow::EffectFlow>(
      flow::EffectFlow::Ports{*engine_, source_, *effects_.back(), *table_, machine_, random_},
      std::move(options)));
  return flows_.back()->start();
}

void Process::open_events() {
  intake_ = std::make_unique<payments::EventIntake>(
      std::vector<payments::EventIntake::Partition>{{*engine_, *queries_}});
  const bool is_old = ports_.bank.rail_options().version == rails::open_banking_uk::ApiVersion::V3;
  payments::WatchedBank bank{
      .origin = {.bank = std::string(kBankName), .rails = {std::string(kBankName)}},
      .issuer = ports_.bank.rail_options().issuer,
      .source = rail_.events(),
      .delivery = ports_.bank.event_delivery(),
      .interval = seconds(10),
      .callback_url = fmt::format("https://{}/open-banking/{}/event-notifications", kServerHost,
                                  is_old ? "v3.1" : "v4.0")};
  watch_ = std::make_unique<payments::EventWatch>(
      payments::EventWatch::Ports{*intake_, machine_,
                                  [this](const payments::EventNews& news) { hear(news); }},
      std::vector{std::move(bank)});
  watch_->start();
}

void Process::hear(const payments::EventNews& news) {
  using Kind = payments::EventNews::Kind;
  const bool pushed = ports_.bank.event_delivery() == payments::EventDelivery::Push;
  if (news.kind == Kind::Refused) ports_.sometimes.mark(Rare::EventRefused);
  if (news.kind != Kind::Taken || news.outcome != payments::EventOutcome::Noted) return;
  ports_.sometimes.mark(pushed ? Rare::EventPushed : Rare::EventPolled);
}

void Process::take_pushed(const net::HttpRequest& request, net::Responder respond) {
  // When the machine goes on, if it stands still.
  machine_.timers().after(
      Duration{0}, [this, token = request.body, respond = std::move(respond)]() mutable {
        const std::string issuer = rails::open_banking_uk::unverified_event_issuer(token);
        watch_->take_pushed(issuer, std::move(token),
                            [respond = std::move(respond)](const Result<void>& taken) mutable {
                              respond(answer_to(taken));
                            });
      });
}

void Process::wake() {
  read_flow_->wake();
  for (const auto& flow : flows_) flow->wake();
}

std::vector<flow::FlowStatus> Process::statuses() const {
  std::vector<flow::FlowStatus> all = webhooks_->statuses();
  for (const auto& flow : flows_) all.push_back(flow->status());
  all.push_back(read_flow_->status());
  return all;
}

}  // namespace remit::lab::sim
