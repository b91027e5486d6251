#include "app/prove/fault_control.h"

#include <climits>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <fcntl.h>
#include <filesystem>
#include <sys/mman.h>
#include <unistd.h>

namespace remit::app {
namespace {

namespace faults = lab::faults;

constexpr std::string_view kLibrary = "libremit_faults.so";

Result<std::string> find_library() {
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  const std::filesystem::path library = self.parent_path() / kLibrary;
  if (!error && std::filesystem::exists(library, error)) return library.string();
  return fail(ErrorCode::NotFound, "fault_library_missing",
              fmt::format("{} is not beside the program; build it, or copy it there.", kLibrary));
}

faults::FaultTable* map_table(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return nullptr;
  void* mapped = MAP_FAILED;
  if (::ftruncate(file, sizeof(faults::FaultTable)) == 0) {
    mapped =
        ::mmap(nullptr, sizeof(faults::FaultTable), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  }
  ::close(file);
  return mapped == MAP_FAILED ? nullptr : static_cast<faults::FaultTable*>(mapped);
}

}  // namespace

std::string CallClass::name() const {
  return fmt::format("{}/{}", faults::kPlaceNames.at(static_cast<std::size_t>(place)),
                     faults::kCallNames.at(static_cast<std::size_t>(call)));
}

std::optional<CallClass> call_class_of(std::string_view name) {
  for (std::size_t place = 0; place < faults::kPlaceNames.size(); ++place) {
    for (std::size_t call = 0; call < faults::kCallNames.size(); ++call) {
      const CallClass one{static_cast<faults::Place>(place), static_cast<faults::Call>(call)};
      if (one.name() == name) return one;
    }
  }
  return std::nullopt;
}

FaultPlan plan_at(CallClass one, faults::Action action, std::uint64_t at) {
  return {.places = {one.place}, .calls = {one.call}, .action = action, .at = at};
}

Result<std::unique_ptr<FaultControl>> FaultControl::open(World& world) {
  std::string library = TRY(find_library());
  // Beside the data directory, which is not there yet.
  std::string file =
      (std::filesystem::path(world.data_directory()).parent_path() / "faults.table").string();
  faults::FaultTable* table = map_table(file);
  if (table == nullptr) {
    return fail(ErrorCode::Unavailable, "fault_table_unusable", file + " cannot be mapped.");
  }
  std::error_code ignored;
  const std::string data = std::filesystem::absolute(world.data_directory(), ignored).string();
  if (data.size() >= table->data_directory.size()) {
    return fail(ErrorCode::InvalidArgument, "path_too_long", data + " is too long a path.");
  }
  std::ranges::copy(data, table->data_directory.begin());
  table->api_port = world.server_port();
  table->bank_port = world.bank_port();
  return std::unique_ptr<FaultControl>(
      new FaultControl(std::move(library), std::move(file), table));
}

FaultControl::~FaultControl() {
  ::munmap(table_, sizeof(faults::FaultTable));
}

std::vector<std::string> FaultControl::environment() const {
  return {fmt::format("LD_PRELOAD={}", library_),
          fmt::format("{}={}", faults::kTableVariable, file_)};
}

void FaultControl::begin_life() {
  lift();
  for (auto& place : table_->counts) {
    for (auto& count : place) count.store(0);
  }
}

void FaultControl::set(const FaultPlan& plan) {
  lift();
  table_->places = 0;
  for (const faults::Place place : plan.places) table_->places |= faults::bit(place);
  table_->calls = 0;
  for (const faults::Call call : plan.calls) table_->calls |= faults::bit(call);
  table_->action = plan.action;
  table_->error = plan.error;
  table_->sticky = plan.sticky;
  table_->at = plan.at;
  table_->seen.store(0);
  table_->hits.store(0);
  table_->hit.store(0);
  table_->armed.store(1, std::memory_order_release);
}

void FaultControl::lift() {
  table_->armed.store(0, std::memory_order_release);
}

bool FaultControl::is_set() const {
  return table_->armed.load() != 0;
}

std::optional<FaultHit> FaultControl::hit() const {
  const std::uint32_t hit = table_->hit.load();
  if (hit == 0) return std::nullopt;
  return FaultHit{
      {static_cast<faults::Place>((hit - 1) / 256), static_cast<faults::Call>((hit - 1) % 256)},
      table_->hit_index.load(),
      table_->hits.load()};
}

std::uint64_t FaultControl::count(CallClass one) const {
  return table_->counts.at(static_cast<std::size_t>(one.place))
      .at(static_cast<std::size_t>(one.call))
      .load();
}

std::vector<CallClass> FaultControl::called() const {
  std::vector<CallClass> classes;
  for (std::size_t place = 0; place < faults::kPlaceNames.size(); ++place) {
    for (std::size_t call = 0; call < faults::kCallNames.size(); ++call) {
      const CallClass one{static_cast<faults::Place>(place), static_cast<faults::Call>(call)};
      if (count(one) > 0) classes.push_back(one);
    }
  }
  return classes;
}

void FaultControl::move_clock(Duration by) {
  table_->clock_offset.store(std::chrono::nanoseconds(by).count());
}

void FaultControl::set_clock_rate(std::int64_t per_mille) {
  table_->clock_rate_per_mille.store(0);
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  table_->clock_from.store(std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec);
  table_->clock_rate_per_mille.store(per_mille == 1000 ? 0 : per_mille);
}

void FaultControl::right_clock() {
  move_clock(Duration::zero());
  set_clock_rate(1000);
}

}  // namespace remit::app
