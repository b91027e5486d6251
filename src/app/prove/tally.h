#pragma once

#include "app/prove/fault_run.h"
#include "kit/base/codec/json_document.h"

#include <map>
#include <string>

namespace remit::app {

/// What the scripts of a proof came to.
struct Tally {
  std::uint64_t runs = 0;
  std::uint64_t failed = 0;  ///< Runs with findings.
  std::uint64_t faults = 0;
  std::uint64_t deaths = 0;
  std::uint64_t unmet = 0;  ///< Runs in which nothing went wrong, though something was to.
  std::map<std::string, std::uint64_t> classes;  ///< Faults by the class of the call.

  void count(const FaultRunReport& report);
  /// The same of a line of the report of an earlier session.
  void count(const codec::JsonNode& line);
  /// A run without its fault shows nothing: one in five may be such, since no two runs make quite as many calls.
  bool holds() const;
};

/// "journal-wal/write": 3, ... as the members of an object of JSON, or as lines for people.
std::string to_text(const std::map<std::string, std::uint64_t>& counts, bool json);

}  // namespace remit::app
