#pragma once

#include "kit/flow/read_model.h"
#include "kit/flow/state.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace remit::flow {

/// What lists of dead letters search by. The read model must keep the kind.
std::unique_ptr<ReadTables> make_dead_letter_tables();

struct DeadLetterFilter {
  std::optional<DeadLetterStatus> status;
  std::optional<std::string> flow;
  std::size_t rows_max = 100;
};

/// Oldest first.
Result<std::vector<DeadLetter>> list_dead_letters(sqlite::Database& database,
                                                  const DeadLetterFilter& filter);

}  // namespace remit::flow
