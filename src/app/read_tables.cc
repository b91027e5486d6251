#include "app/read_tables.h"

#include "kit/flow/dead_letter_tables.h"
#include "pay/ledger/facts.h"
#include "pay/ledger/read_tables.h"
#include "pay/operators/approval_tables.h"
#include "pay/payments/facts.h"
#include "pay/payments/read_tables.h"
#include "pay/webhooks/facts.h"
#include "pay/webhooks/read_tables.h"

namespace remit::app {

std::vector<api::FactSource> fact_sources() {
  return {payments::facts(), ledger::facts(), webhooks::facts()};
}

std::vector<std::unique_ptr<flow::ReadTables>> make_read_tables() {
  std::vector<std::unique_ptr<flow::ReadTables>> tables;
  tables.push_back(payments::make_read_tables());
  tables.push_back(ledger::make_read_tables());
  tables.push_back(webhooks::make_read_tables());
  tables.push_back(operators::make_read_tables());
  tables.push_back(flow::make_dead_letter_tables());
  tables.push_back(api::make_fact_tables(fact_sources()));
  return tables;
}

std::vector<std::string_view> fact_types() {
  std::vector<std::string_view> types;
  for (const api::FactSource& source : fact_sources()) {
    types.insert(types.end(), source.types.begin(), source.types.end());
  }
  return types;
}

}  // namespace remit::app
