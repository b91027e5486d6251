#include "lab/sim/storage/storage_world.h"

#include "kit/base/check.h"
#include "kit/engine/engine.h"
#include "kit/flow/commands.h"
#include "kit/flow/effect_flow.h"
#include "lab/sim/invariants.h"
#include "lab/sim/journal_watch.h"
#include "lab/sim/shipped_storage.h"
#include "pay/ledger/transfer.h"
#include "pay/payers/payer.h"
#include "pay/payments/commands.h"

#include <fmt/format.h>

#include <map>
#include <set>

namespace remit::lab::sim {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr journal::PartitionId kOnly{1};
constexpr Duration kPatience = hours(12);
constexpr std::uint64_t kTurnsBetweenLooks = 12;
constexpr std::uint64_t kWave = 17;  ///< Requests that come at once.

const Currency kGbp = Currency::of("GBP");

}  // namespace

/// One life of the server on the disk.
class StorageWorld::Process {
 public:
  static Result<std::unique_ptr<Process>> open(StorageWorld& world) {
    auto made = std::make_unique<Process>();
    TRY(made->storage_.open(world.host_, world.disk_));
    TRY(made->open_engine(world));
    made->storage_.journal->on_durable(
        [process = made.get()](journal::PartitionId, const journal::Head&) {
          for (const auto& flow : process->flows_) flow->wake();
        });
    TRY(made->start_flow<payments::AuthorisePayments>(world));
    TRY(made->start_flow<payments::ExchangeCodes>(world));
    TRY(made->start_flow<payments::SubmitPayments>(world));
    TRY(made->start_flow<payments::ResolvePayments>(world));
    TRY(made->start_flow<payments::QueryStatuses>(world));
    return made;
  }
  Process() = default;
  ~Process() {
    flows_.clear();
    if (engine_) engine_->stop();
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  journal::Journal& journal() { return *storage_.journal; }
  engine::CheckpointStore& checkpoints() { return *storage_.checkpoints; }
  engine::Engine& engine() { return *engine_; }

 private:
  Result<void> open_engine(StorageWorld& world) {
    engine::EngineOptions options;
    options.verify_events_every = 64;
    options.entities_max = 120;
    options.checkpoint_events_max = 150;
    engine_ = TRY(engine::Engine::open(
        world.registry_, {*storage_.journal, *storage_.checkpoints, world.host_}, kOnly, options));
    engine_->start();
    source_ = std::make_unique<flow::JournalSource>(*storage_.journal, kOnly);
    return {};
  }
  template <class E>
  Result<void> start_flow(StorageWorld& world) {
    effects_.push_back(std::make_unique<E>(
        payments::EffectPorts{*engine_, world.rails_, world.sealer_, world.host_.clock()}));
    flow::EffectFlowOptions options;
    options.name = std::string(E::kName);
    options.retry_delay_max = std::chrono::minutes(1);
    flows_.push_back(std::make_unique<flow::EffectFlow>(
        flow::EffectFlow::Ports{*engine_, *source_, *effects_.back(), *storage_.flow_checkpoints,
                                world.host_, world.random_},
        std::move(options)));
    return flows_.back()->start();
  }

  ShippedStorage storage_;
  std::unique_ptr<flow::JournalSource> source_;
  // The engine's end calls back into the effects; flows end first, engine second, effects last.
  std::vector<std::unique_ptr<payments::PaymentEffect>> effects_;
  std::unique_ptr<engine::Engine> engine_;
  std::vector<std::unique_ptr<flow::EffectFlow>> flows_;
};

StorageWorld::StorageWorld(Options options)
    : options_(options), host_(1), disk_(options.seed), bank_(host_, [this] {
        ++sends_;
        if (count_step()) disk_.stop();
      }) {
  ledger::register_kinds(registry_);
  payers::register_kinds(registry_);
  payments::register_kinds(registry_);
  flow::register_kinds(registry_);
  rails_.emplace("steady", &bank_);
  for (std::uint64_t i = 0; i < options_.payments; ++i) {
    requests_.push_back(
        {.key = fmt::format("k{}", i), .pence = 100 + static_cast<std::int64_t>(i)});
  }
  disk_.set_faults([this](const sqlite::DiskCall& call) {
    if (call.kind == sqlite::DiskCallKind::Read) return sqlite::DiskFault::None;
    return count_step() ? sqlite::DiskFault::Stop : sqlite::DiskFault::None;
  });
  open();
}

StorageWorld::~StorageWorld() {
  disk_.stop();
}

/// True at the step of the crash.
bool StorageWorld::count_step() {
  return steps_++ == options_.crash_at;
}

void StorageWorld::open() {
  while (true) {
    Result<std::unique_ptr<Process>> opened = Process::open(*this);
    if (opened && !disk_.stopped()) {
      process_ = *std::move(opened);
      if (crashes_ > 0) look_at_storage();
      return;
    }
    CHECK(disk_.stopped(), "the process does not start: {}", opened.error().describe());
    opened = fail(ErrorCode::Unavailable, "crashed", "It ended while it started.");
    ++crashes_;
    bank_.hang_up();
    disk_.restart(options_.power_cut);
  }
}

void StorageWorld::crash() {
  ++crashes_;
  process_.reset();
  bank_.hang_up();
  for (Request& request : requests_) request.under_way = false;
  disk_.restart(options_.power_cut);
  observed_ = 0;
  open();
}

void StorageWorld::send(Request& request) {
  engine::CommandContext context;
  context.command = TypeId::make("cmd", host_.clock().now(), random_);
  context.client = client_;
  context.idempotency = engine::Idempotency{request.key, sha256(as_bytes(request.key))};
  const payments::Parties parties{.creditor = {.identification = "20000055779911"},
                                  .creditor_name = "ACME Ltd"};
  const Result<TypeId> payer = sealer_.make_owner(payers::Payer::kPrefix, client_);
  CHECK(payer.has_value(), "{}", payer.error().describe());
  Result<codec::Sealed<payments::Parties>> sealed = sealer_.seal(*payer, parties);
  CHECK(sealed.has_value(), "{}", sealed.error().describe());
  request.under_way = true;
  process_->engine().submit(
      std::move(context),
      payments::CreatePayment{.id = TypeId::make("pay", host_.clock().now(), random_),
                              .amount = {request.pence, kGbp},
                              .parties = *std::move(sealed),
                              .reference = request.key,
                              .rail = "steady",
                              .settles_on = payments::SettlementBasis::ExecutionIsFinal,
                              .expires_at = host_.clock().now() + hours(24),
                              .payer = *payer},
      [this, &request, life = crashes_](Result<engine::Answered> answer) {
        // What a dead process would have said nobody hears.
        if (life != crashes_ || disk_.stopped()) return;
        request.under_way = false;
        if (!answer) return;
        const auto payment = codec::decode<payments::Payment>(answer->body);
        CHECK(payment.has_value(), "{}", payment.error().describe());
        if (!request.acknowledged.empty() && request.acknowledged != payment->id) {
          contradiction_ = request.key + " is two payments";
        }
        request.acknowledged = payment->id;
      });
}

/// Payers come back from the bank for each consent that was made; after a crash once more, since nobody remembers.
void StorageWorld::meet_payers() {
  const auto events =
      process_->journal().read(kOnly, journal::Position(observed_ + 1), {.events_max = 100'000});
  if (!events) return;
  for (const journal::Event& event : *events) {
    observed_ = event.position.value;
    if (event.type == payments::PaymentCreated::kType.name) {
      payers_[event.stream] = codec::decode<payments::PaymentCreated>(event.payload)->payer;
    }
    if (event.type != payments::PaymentConsentCreated::kType.name) continue;
    approve(payers_.at(event.stream),
            codec::decode<payments::PaymentConsentCreated>(event.payload)->consent.state);
  }
}

void StorageWorld::approve(const TypeId& payer, std::string state) {
  Result<codec::Sealed<payments::AuthorisationCode>> code =
      sealer_.seal(payer, payments::AuthorisationCode{"code-" + state, "jwt"});
  CHECK(code.has_value(), "{}", code.error().describe());
  engine::CommandContext context;
  context.command = TypeId::make("cmd", host_.clock().now(), random_);
  payments::AuthorisePayment command{.state = std::move(state)};
  command.code = *std::move(code);
  process_->engine().submit(std::move(context), std::move(command), [](auto) {});
}

/// A moment passes. False when the process ended in it.
bool StorageWorld::turn() {
  std::uint64_t sent = 0;
  for (Request& request : requests_) {
    if (sent >= kWave) break;
    if (request.under_way || !request.acknowledged.empty()) continue;
    send(request);
    ++sent;
  }
  while (!disk_.stopped() && host_.step()) {
  }
  if (!disk_.stopped()) meet_payers();
  const Monotonic until = host_.clock().monotonic() + milliseconds(5);
  while (!disk_.stopped() && host_.clock().monotonic() < until) {
    while (!disk_.stopped() && host_.step()) {
    }
    if (disk_.stopped() || !host_.fire_next_timer()) break;
  }
  return !disk_.stopped();
}

std::optional<std::string> StorageWorld::run() {
  const Monotonic end = host_.clock().monotonic() + kPatience;
  for (std::uint64_t turns = 1; host_.clock().monotonic() < end; ++turns) {
    if (!turn()) crash();
    if (fault_of_storage_) return fault_of_storage_;
    if (turns % kTurnsBetweenLooks == 0 && is_done()) return find_fault();
  }
  return "not all payments come to their end";
}

/// Every payment that the journal names, and every account, as the engine has them.
Snapshot StorageWorld::take_snapshot() {
  std::set<TypeId> payments;
  std::set<TypeId> accounts;
  const auto events =
      process_->journal().read(kOnly, journal::Position(1), {.events_max = 1'000'000});
  CHECK(events.has_value(), "{}", events.error().describe());
  for (const journal::Event& event : *events) {
    if (event.type == "payment.created") payments.insert(event.stream);
    if (event.type == "account.opened") accounts.insert(event.stream);
  }
  Snapshot snapshot;
  process_->engine().query(
      [&](engine::ReadView& view) {
        for (const TypeId& id : payments) {
          if (const auto* found = view.find<payments::Payment>(id)) snapshot.payments[id] = *found;
        }
        for (const TypeId& id : accounts) {
          if (const auto* found = view.find<ledger::Account>(id)) snapshot.accounts[id] = *found;
        }
      },
      [](Result<engine::Position>) {});
  host_.step_until_idle();
  return snapshot;
}

bool StorageWorld::is_done() {
  for (const Request& request : requests_) {
    if (request.acknowledged.empty()) return false;
  }
  if (disk_.stopped()) return false;
  const Snapshot snapshot = take_snapshot();
  for (const auto& [id, payment] : snapshot.payments) {
    if (!payments::is_final(payment.state)) return false;
  }
  return !disk_.stopped();
}

std::optional<std::string> StorageWorld::find_fault() {
  if (!contradiction_.empty()) return contradiction_;
  const Snapshot snapshot = take_snapshot();
  if (snapshot.payments.size() != requests_.size()) {
    return fmt::format("{} payments of {} requests", snapshot.payments.size(), requests_.size());
  }
  std::map<TypeId, const SteadyBank::Order*> orders;
  for (const auto& [key, order] : bank_.orders()) {
    if (!orders.emplace(order.payment, &order).second) {
      return order.payment.to_string() + " was executed more than once";
    }
  }
  std::int64_t executed = 0;
  for (const Request& request : requests_) {
    const auto found = snapshot.payments.find(request.acknowledged);
    if (found == snapshot.payments.end()) return request.key + " was acknowledged and is gone";
    const payments::Payment& payment = found->second;
    if (payment.amount.amount != request.pence || payment.reference != request.key) {
      return request.key + " is another payment";
    }
    const auto order = orders.find(payment.id);
    const bool paid = payment.state == payments::PaymentState::Settled;
    if (paid != (order != orders.end())) {
      return fmt::format("{} is in state {}, and the bank {} it", request.key,
                         static_cast<int>(payment.state), paid ? "never saw" : "executed");
    }
    if (!paid) continue;
    if (order->second->amount != payment.amount) return request.key + " has another amount";
    executed += request.pence;
  }
  if (auto wrong = ledger_sums_to_zero(snapshot)) return wrong;
  const auto funds = snapshot.accounts.find(ledger::account_id(client_, "client_funds", kGbp));
  if (funds == snapshot.accounts.end() || ledger::posted_balance(funds->second) != executed) {
    return fmt::format("the bank executed {}, and the ledger owes something else", executed);
  }
  look_at_storage();
  return fault_of_storage_;
}

/// Of every crash what the disk kept, and at the end all: the journal from its first commit on, and its fold.
void StorageWorld::look_at_storage() {
  journal::InvariantWatch watch = watch_journal();
  for (const Violation& violation :
       {chain_is_whole(process_->journal(), kOnly),
        journal_holds(process_->journal(), kOnly, watch),
        fold_equals_checkpoint(registry_, process_->journal(), process_->checkpoints(), kOnly)}) {
    if (violation && !fault_of_storage_) {
      fault_of_storage_ = fmt::format("{} (behind {} crashes)", *violation, crashes_);
    }
  }
}

}  // namespace remit::lab::sim
