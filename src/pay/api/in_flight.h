#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace remit::api {

/// How many requests of one key are under way. A rate bounds how often somebody comes; this bounds how much of the server
/// they hold while their requests wait, however slowly they come. Thread safe.
class InFlight {
 public:
  /// Under way until it goes; it may outlive its InFlight.
  class Slot {
   public:
    Slot(Slot&&) noexcept = default;
    Slot& operator=(Slot&&) = delete;
    ~Slot();

   private:
    friend class InFlight;
    struct Counts;
    Slot(std::shared_ptr<Counts> counts, std::string name);
    std::shared_ptr<Counts> counts_;
    std::string name_;
  };

  InFlight();

  /// Nullopt when `most` of that name are under way; `most` of 0 is no bound, and not counted.
  std::optional<Slot> take(std::string_view name, std::uint32_t most);

  std::uint64_t refused_total() const;

 private:
  std::shared_ptr<Slot::Counts> counts_;
};

}  // namespace remit::api
