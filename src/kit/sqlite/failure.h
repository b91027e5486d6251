#pragma once

#include "kit/base/result.h"

#include <cerrno>
#include <expected>
#include <string_view>

struct sqlite3;

namespace remit::sqlite {

/// What a result code of SQLite means to callers; see Database for the reasons. `doing` follows "could not". The connection
/// may be null when there is none.
std::unexpected<Error> failure(sqlite3* database, int code, std::string_view doing);

/// Calls a function of SQLite whose failure `failure` may be asked about. What the system said of a call that failed it takes
/// from errno, which SQLite leaves as it was when no such call did.
template <class Function, class... Arguments>
auto call(Function function, Arguments... arguments) {
  errno = 0;
  return function(arguments...);
}

}  // namespace remit::sqlite
