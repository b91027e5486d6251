#pragma once

#include "kit/base/time.h"

#include <cstdint>
#include <string>

namespace remit::app {

/// What the demo shows: how many payments, what goes wrong, and for how long it stays.
struct DemoOptions {
  std::string directory = "remit-demo";
  std::size_t payments = 500;
  std::size_t payers = 32;  ///< At once.
  std::uint64_t seed = 1;
  std::string standard =
      "4.0";  ///< Of the first bank; half of the payments go by the other version.
  std::string events = "poll";  ///< How the bank's events come.
  bool confirm_funds = false;   ///< The bank is asked before each hand-over.
  /// Of a thousand payments: whose payer never comes back, what the shop withdraws, and what it pays back.
  std::uint32_t abandoned = 50;
  std::uint32_t cancelled = 0;
  std::uint32_t refunded = 200;
  std::size_t transfers =
      0;  ///< Between two accounts of the shop's own, some of them pending for a moment.
  Duration retry_pause_max = std::chrono::seconds(1);  ///< Between attempts of one request.
  bool chaos = false;
  std::size_t runs = 0;  ///< 0: one, or ten under chaos.
  bool json = false;
  bool keep = false;
};

}  // namespace remit::app
