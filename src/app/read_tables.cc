#include "app/read_tables.h"

#include "kit/flow/dead_letter_tables.h"
#include "pay/ledger/read_tables.h"
#include "pay/payments/read_tables.h"

namespace remit::app {

std::vector<std::unique_ptr<flow::ReadTables>> make_read_tables() {
  std::vector<std::unique_ptr<flow::ReadTables>> tables;
  tables.push_back(payments::make_read_tables());
  tables.push_back(ledger::make_read_tables());
  tables.push_back(flow::make_dead_letter_tables());
  return tables;
}

}  // namespace remit::app
