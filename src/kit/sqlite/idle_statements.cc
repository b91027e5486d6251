#include "kit/sqlite/idle_statements.h"

#include <sqlite3.h>

namespace remit::sqlite {

sqlite3_stmt* IdleStatements::take(std::string_view sql) {
  const auto found = idle_.find(sql);
  if (found == idle_.end()) return nullptr;
  sqlite3_stmt* statement = found->second;
  idle_.erase(found);
  return statement;
}

void IdleStatements::give(sqlite3_stmt* statement) {
  // What failed may fail again for what the statement remembers.
  const bool failed = sqlite3_reset(statement) != SQLITE_OK;
  if (closed_ || failed || idle_.size() >= kMax) {
    sqlite3_finalize(statement);
    return;
  }
  sqlite3_clear_bindings(statement);
  idle_.emplace(sqlite3_sql(statement), statement);
}

void IdleStatements::close() {
  closed_ = true;
  for (const auto& [sql, statement] : idle_) sqlite3_finalize(statement);
  idle_.clear();
}

}  // namespace remit::sqlite
