#pragma once

#include <cstddef>
#include <map>
#include <string_view>

struct sqlite3_stmt;

namespace remit::sqlite {

/// Prepared statements of one connection that nobody uses at present, by their SQL: to prepare one again costs more than most
/// of them do. One thread at a time, as the connection.
class IdleStatements {
 public:
  static constexpr std::size_t kMax = 64;

  IdleStatements() = default;
  ~IdleStatements() { close(); }
  IdleStatements(const IdleStatements&) = delete;
  IdleStatements& operator=(const IdleStatements&) = delete;

  /// One of this SQL, without bindings, or nullptr.
  sqlite3_stmt* take(std::string_view sql);
  /// Ends the statement's reading and keeps it, or finalises it where there are enough or the connection is closed.
  void give(sqlite3_stmt* statement);
  /// Finalises all; what is given from now on is not kept.
  void close();

 private:
  std::multimap<std::string_view, sqlite3_stmt*> idle_;  ///< The texts are the statements' own.
  bool closed_ = false;
};

}  // namespace remit::sqlite
