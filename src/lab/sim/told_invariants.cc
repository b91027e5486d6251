#include "kit/flow/read_model.h"
#include "lab/sim/invariants.h"
#include "pay/webhooks/endpoint.h"

#include <fmt/format.h>

#include <tuple>

/// The invariants of flows, of what is read and of what is told.
namespace remit::lab::sim {
namespace {

/// Everything that the journal holds, up to the cursor, in a read model of its own.
Result<std::string> make_anew(const engine::Registry& registry, Disks& disks, flow::Cursor through,
                              std::unique_ptr<flow::ReadModel>& model) {
  std::string file = unused_memory_file();
  model = TRY(flow::ReadModel::open(registry, {file, kept_in_read_model()}, make_read_tables()));
  flow::JournalSource source(disks.journal(), World::kPartition);
  flow::Cursor at;
  while (at < through) {
    std::vector<flow::Record> records = TRY(source.read(at, {}));
    while (!records.empty() && records.back().cursor > through) records.pop_back();
    if (records.empty()) break;
    at = records.back().cursor;
    TRY(model->apply(records, at));
  }
  return file;
}

/// The first row that one has and the other lacks.
Result<Violation> first_difference(sqlite::Database& anew) {
  std::vector<std::string> tables;
  sqlite::Statement names = TRY(anew.prepare(
      "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"));
  while (TRY(names.step())) tables.push_back(names.text(0));
  for (const std::string& table : tables) {
    for (const auto& [left, right, word] :
         {std::tuple{"main", "stored", "is missing or differs"},
          std::tuple{"stored", "main", "is too much or differs"}}) {
      sqlite::Statement rows = TRY(anew.prepare(
          fmt::format("SELECT * FROM {0}.\"{2}\" EXCEPT SELECT * FROM {1}.\"{2}\" LIMIT 1", left,
                      right, table)));
      if (TRY(rows.step())) {
        return Violation(fmt::format("{} {} in the read model's {}", rows.text(0), word, table));
      }
    }
  }
  return Violation();
}

/// The name by which SQLite finds the file wherever it is.
std::string uri_of(Disks& disks, const std::string& file) {
  sqlite::Disk* disk = disks.read_model_disk();
  return disk == nullptr ? file : fmt::format("file:{}?vfs={}", file, disk->vfs());
}

Result<Violation> compare_with_fold(const engine::Registry& registry, Disks& disks,
                                    const std::string& file) {
  flow::Cursor through;
  {
    sqlite::Database stored = TRY(sqlite::Database::open(uri_of(disks, file), {.read_only = true}));
    sqlite::Statement checkpoint = TRY(stored.prepare("SELECT checkpoint FROM read_model"));
    if (TRY(checkpoint.step())) through = flow::Cursor(checkpoint.number(0));
  }
  std::unique_ptr<flow::ReadModel> model;
  const std::string own = TRY(make_anew(registry, disks, through, model));
  sqlite::Database anew = TRY(sqlite::Database::open(own, {}));
  sqlite::Statement attach = TRY(anew.prepare("ATTACH DATABASE ? AS stored"));
  TRY(attach.bind(uri_of(disks, file)).run());
  return first_difference(anew);
}

}  // namespace

std::vector<api::PublishedFact> published_facts(World& world, const People& people) {
  std::uint64_t enabled_at = 0;
  world.engine().query(
      [&](engine::ReadView& view) {
        if (people.endpoint().empty()) return;
        const auto* endpoint = view.find<webhooks::WebhookEndpoint>(people.endpoint());
        if (endpoint != nullptr) enabled_at = endpoint->enabled_at;
      },
      [](Result<engine::Position>) {});
  world.host.step_until_idle();
  Result<sqlite::Database> rows =
      sqlite::Database::open(world.process().read_model_file(),
                             {.read_only = true, .disk = world.disks->read_model_disk()});
  CHECK(rows.has_value(), "{}", rows.error().describe());
  Result<api::FactPage> page =
      api::list_facts(*rows, {.client = people.client(), .after = enabled_at, .rows_max = 100'000});
  CHECK(page.has_value() && !page->next_cursor, "the facts cannot be read");
  return std::move(page->facts);
}

Violation webhooks_are_right(const std::string& objection) {
  if (objection.empty()) return std::nullopt;
  return objection;
}

Violation flows_are_done(const std::vector<flow::FlowStatus>& statuses) {
  for (const flow::FlowStatus& status : statuses) {
    if (status.lag_records == 0 && status.keys_in_trouble == 0 && status.in_flight == 0) continue;
    return fmt::format("{} lags by {} records with {} keys in trouble, {} in flight: {}",
                       status.name, status.lag_records, status.keys_in_trouble, status.in_flight,
                       status.trouble);
  }
  return std::nullopt;
}

Violation projection_equals_fold(const engine::Registry& registry, Disks& disks,
                                 const std::string& file) {
  const Result<Violation> found = compare_with_fold(registry, disks, file);
  return found ? *found : Violation(found.error().describe());
}

Violation every_event_is_delivered(const std::vector<TakenEvent>& taken,
                                   const std::vector<api::PublishedFact>& facts) {
  std::map<std::string, const std::string*> bodies;
  for (const TakenEvent& event : taken) bodies[event.id] = &event.body;
  for (const api::PublishedFact& fact : facts) {
    const auto found = bodies.find(fact.id.to_string());
    if (found == bodies.end()) {
      return fmt::format("{} of {} was never delivered", fact.type, fact.subject.to_string());
    }
    if (*found->second != fact.json) {
      return fmt::format("{} was delivered as something else", fact.id.to_string());
    }
    bodies.erase(found);
  }
  if (bodies.empty()) return std::nullopt;
  return fmt::format("{} was delivered and never happened", bodies.begin()->first);
}

Violation webhooks_keep_order(const std::vector<TakenEvent>& taken,
                              const std::vector<api::PublishedFact>& facts,
                              const std::set<std::string>& given_up) {
  std::map<std::string, const api::PublishedFact*> by_id;
  for (const api::PublishedFact& fact : facts) by_id[fact.id.to_string()] = &fact;
  std::map<std::string, std::uint64_t> last;
  for (const TakenEvent& event : taken) {
    const auto found = by_id.find(event.id);
    if (found == by_id.end()) continue;
    const std::string subject = found->second->subject.to_string();
    if (given_up.contains(subject)) continue;
    std::uint64_t& before = last[subject];
    if (found->second->position < before) {
      return fmt::format("{} of {} was delivered behind a later one", found->second->type, subject);
    }
    before = found->second->position;
  }
  return std::nullopt;
}

}  // namespace remit::lab::sim
