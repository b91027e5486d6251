#include "kit/keys/nested_keyring.h"

#include <benchmark/benchmark.h>

#include <filesystem>
#include <unistd.h>
#include <vector>

/// What a key for each payer costs: to make one, to open what was sealed for one of 300,000 without having it in memory, and to
/// forget one. Beside each what SQLite itself takes for the bare row.
namespace remit::keys::bench {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kOwners = 300'000;

/// A directory on the disk, not in memory, and a keyring that is filled once for all.
class Place {
 public:
  static Place& get() {
    static Place place;
    return place;
  }
  NestedKeyring& keyring() { return *keyring_; }
  const TypeId& some_owner() { return owners_[random_.below(owners_.size())]; }
  std::string file(std::string_view name) const { return (folder_ / name).string(); }
  const ClientId client{"cli", {1}};

 private:
  Place() : folder_(fs::current_path() / ("nested_keyring_bench." + std::to_string(::getpid()))) {
    fs::create_directories(folder_);
    keyring_ = NestedKeyring::open({.path = file("payers.db"), .prefix = "payer"}, parents_, clock_,
                                   entropy_)
                   .value();
    for (std::size_t i = 0; i < kOwners; ++i) {
      owners_.push_back(keyring_->make("payer", client).value());
    }
  }
  ~Place() {
    keyring_.reset();
    fs::remove_all(folder_);
  }

  const fs::path folder_;
  SystemClock clock_;
  SystemEntropy entropy_;
  SeededRandom random_{1};
  codec::MemoryKeyring parents_{entropy_};
  std::unique_ptr<NestedKeyring> keyring_;
  std::vector<TypeId> owners_;
};

void make(benchmark::State& state) {
  Place& place = Place::get();
  for (auto _ : state) {
    benchmark::DoNotOptimize(place.keyring().make("payer", place.client).value());
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(make)->Unit(benchmark::kMicrosecond);

/// 256 bare rows of the same size and one sync, as make does it.
void make_limit(benchmark::State& state) {
  Place& place = Place::get();
  SystemClock clock;
  SeededRandom random(2);
  auto database = sqlite::Database::open(place.file("limit.db"), {}).value();
  (void)database.execute("CREATE TABLE rows (id TEXT PRIMARY KEY, bytes BLOB) WITHOUT ROWID");
  const Bytes bytes(90);
  for (auto _ : state) {
    auto transaction = sqlite::Transaction::begin(database).value();
    for (std::size_t i = 0; i < NestedKeyring::kAheadMax; ++i) {
      auto row = database.prepare("INSERT INTO rows VALUES (?, ?)").value();
      row.bind(TypeId::make("payer", clock.now(), random).to_string(), bytes);
      (void)row.run();
    }
    (void)transaction.commit();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(NestedKeyring::kAheadMax));
}
BENCHMARK(make_limit)->Unit(benchmark::kMicrosecond);

void find_one_of_300000(benchmark::State& state) {
  Place& place = Place::get();
  for (auto _ : state)
    benchmark::DoNotOptimize(place.keyring().find(place.some_owner(), 1).value());
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(find_one_of_300000)->Unit(benchmark::kMicrosecond);

void find_limit(benchmark::State& state) {
  Place& place = Place::get();
  auto database = sqlite::Database::open(place.file("payers.db"), {.read_only = true}).value();
  auto row = database.prepare("SELECT wrapped FROM keys WHERE owner = ?").value();
  for (auto _ : state) {
    row.bind(place.some_owner().to_string());
    benchmark::DoNotOptimize(row.step().value());
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(find_limit)->Unit(benchmark::kMicrosecond);

void erase(benchmark::State& state) {
  Place& place = Place::get();
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        place.keyring().erase(place.keyring().make("payer", place.client).value()));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(erase)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace remit::keys::bench

BENCHMARK_MAIN();
