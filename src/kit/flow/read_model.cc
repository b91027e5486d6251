#include "kit/flow/read_model.h"

#include "kit/base/planted.h"
#include "kit/engine/timer.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

namespace remit::flow {
namespace {

constexpr std::string_view kStatesSchema = R"sql(
CREATE TABLE states (
  id TEXT PRIMARY KEY,
  state BLOB NOT NULL
) STRICT, WITHOUT ROWID;
)sql";

}  // namespace

/// The states of one batch, loaded from their rows when they are first asked for and written back at its end.
class ReadModel::States final : public engine::EntityAccess {
 public:
  static Result<std::unique_ptr<States>> open(const engine::Registry& registry,
                                              std::vector<std::string> kept,
                                              sqlite::Database& database) {
    sqlite::Statement load = TRY(database.prepare("SELECT state FROM states WHERE id = ?"));
    sqlite::Statement store = TRY(database.prepare(
        "INSERT INTO states VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET state = excluded.state"));
    return std::unique_ptr<States>(
        new States(registry, std::move(kept), std::move(load), std::move(store)));
  }

  const void* find(const TypeId& id) override { return slot_of(id).state.get(); }
  void* change(const TypeId& id) override {
    Slot& slot = slot_of(id);
    if (!slot.state) slot.state = slot.kind->make();
    if (!slot.changed_now) {
      slot.changed_now = true;
      changed_.push_back(id);
    }
    return slot.state.get();
  }

  /// `created`: the entity whose first event comes now, which therefore has no row; or empty.
  void begin_record(const TypeId& created) {
    created_ = created;
    for (const TypeId& id : changed_) slots_.at(id).changed_now = false;
    changed_.clear();
    for (const TypeId& id : scratch_) slots_.erase(id);
    scratch_.clear();
  }
  /// What the record changed, of the kinds that are kept.
  std::vector<std::pair<TypeId, const void*>> changed() const {
    std::vector<std::pair<TypeId, const void*>> kept;
    for (const TypeId& id : changed_) {
      const Slot& slot = slots_.at(id);
      if (slot.kept) kept.emplace_back(id, slot.state.get());
    }
    return kept;
  }
  void note_dirty() {
    for (const TypeId& id : changed_) slots_.at(id).dirty = true;
  }
  Result<void> store() {
    for (auto& [id, slot] : slots_) {
      if (!slot.dirty || !slot.kept) continue;
      buffer_.clear();
      slot.kind->encode(slot.state.get(), buffer_);
      if (auto stored = store_.bind(id.to_string(), buffer_).run(); !stored) return stored;
    }
    return {};
  }
  void forget() {
    slots_.clear();
    changed_.clear();
    scratch_.clear();
    load_.reset();
  }

 private:
  struct Slot {
    const engine::EntityKind* kind = nullptr;
    std::shared_ptr<void> state;
    bool kept = false;
    bool changed_now = false;
    bool dirty = false;
  };

  States(const engine::Registry& registry, std::vector<std::string> kept, sqlite::Statement load,
         sqlite::Statement store)
      : registry_(registry),
        kept_(std::move(kept)),
        load_(std::move(load)),
        store_(std::move(store)) {}

  Slot& slot_of(const TypeId& id) {
    const auto found = slots_.find(id);
    if (found != slots_.end()) return found->second;
    Slot slot{.kind = registry_.find_entity(id.prefix())};
    CHECK(slot.kind != nullptr, "{} is of no registered kind", id.to_string());
    slot.kept = std::ranges::find(kept_, slot.kind->prefix) != kept_.end();
    if (slot.kept) {
      Result<std::shared_ptr<void>> loaded;
      if (id != created_) loaded = load(id, *slot.kind);
      if (!loaded) throw engine::LoadFailed{std::move(loaded).error()};
      slot.state = *std::move(loaded);
    } else {
      // Nobody reads it here: a state made by default that goes with the record.
      slot.state = slot.kind->make();
      scratch_.push_back(id);
    }
    return slots_.emplace(id, std::move(slot)).first->second;
  }

  /// Null when there is no row.
  Result<std::shared_ptr<void>> load(const TypeId& id, const engine::EntityKind& kind) {
    const Result<bool> row = load_.bind(id.to_string()).step();
    Result<std::shared_ptr<void>> state;
    if (!row) {
      state = std::unexpected(row.error());
    } else if (*row) {
      state = kind.decode(load_.blob(0));
    }
    load_.reset();
    return state;
  }

  const engine::Registry& registry_;
  const std::vector<std::string> kept_;
  sqlite::Statement load_;
  sqlite::Statement store_;
  std::unordered_map<TypeId, Slot> slots_;
  std::vector<TypeId> changed_;
  std::vector<TypeId> scratch_;
  TypeId created_;
  Bytes buffer_;
};

Result<std::unique_ptr<ReadModel>> ReadModel::open(
    const engine::Registry& registry, Options options,
    std::vector<std::unique_ptr<ReadTables>> tables) {
  std::string schema(kStatesSchema);
  schema += fmt::format("-- kept: {}\n", fmt::join(options.kept, " "));
  for (const auto& one : tables) schema += one->schema();
  auto model = std::unique_ptr<ReadModel>(new ReadModel(registry, std::move(tables)));
  model->database_ =
      TRY(store::ReadDatabase::open(std::move(options.path), std::move(schema), options.disk));
  sqlite::Database& database = model->database_->database();
  model->keeps_timers_ =
      std::ranges::find(options.kept, engine::Timer::kPrefix) != options.kept.end();
  model->states_ = TRY(States::open(registry, std::move(options.kept), database));
  for (const auto& one : model->tables_) {
    if (auto opened = one->open(database); !opened) {
      return std::unexpected(std::move(opened).error());
    }
  }
  return model;
}

ReadModel::ReadModel(const engine::Registry& registry,
                     std::vector<std::unique_ptr<ReadTables>> tables)
    : registry_(registry), tables_(std::move(tables)) {}

ReadModel::~ReadModel() {
  for (const auto& one : tables_) one->close();
  states_.reset();
}

Result<Cursor> ReadModel::checkpoint() {
  applied_ = Cursor(TRY(database_->checkpoint()));
  return applied_;
}

bool ReadModel::wants(std::string_view type) const {
  // A third of all events, and each changes nothing but its timer.
  return keeps_timers_ || !type.starts_with("timer.");
}

Result<void> ReadModel::apply(std::span<const Record> records, Cursor through) {
  sqlite::Transaction transaction = TRY(sqlite::Transaction::begin(database_->database()));
  if (TRY(database_->checkpoint()) != applied_.value) {
    return fail(ErrorCode::Unavailable, "read_model_moved",
                "The read model is not where it was left; it is gone on with from where it is.");
  }
  states_->forget();
  for (const Record& record : records) {
    if (auto taken = take(record); !taken) return taken;
  }
  if (auto stored = states_->store(); !stored) return stored;
  const std::uint64_t ahead = planted(Bug::ReadModelAhead) ? 1 : 0;
  if (auto moved = database_->set_checkpoint(through.value + ahead); !moved) return moved;
  TRY(transaction.commit());
  applied_ = Cursor(through.value + ahead);
  return {};
}

Result<void> ReadModel::take(const Record& record) {
  const engine::EventKind* kind = registry_.find_event(record.type, record.schema);
  if (kind == nullptr) {
    return fail(ErrorCode::Unsupported, "unknown_event_type",
                fmt::format("Record {} is {} schema {}, which this version does not know; run the "
                            "version that wrote it, or a newer one.",
                            record.cursor.value, record.type, record.schema));
  }
  states_->begin_record(record.version == 1 ? record.key : TypeId());
  engine::Changes changes(*states_);
  const engine::EventContext context{record.key, journal::Version(record.version),
                                     journal::Position(record.cursor.value), record.time,
                                     record.cause.client};
  try {
    TRY(kind->evolve(changes, record.payload, context));
  } catch (engine::LoadFailed& failed) {
    return std::unexpected(std::move(failed.error));
  }
  states_->note_dirty();
  for (const auto& [id, state] : states_->changed()) {
    for (const auto& one : tables_) {
      if (auto taken = one->changed(record, id, state); !taken) return taken;
    }
  }
  for (const auto& one : tables_) {
    if (auto taken = one->happened(record); !taken) return taken;
  }
  return {};
}

Result<void> ReadModel::reset() {
  states_->forget();
  TRY(database_->reset());
  applied_ = Cursor();
  return {};
}

}  // namespace remit::flow
