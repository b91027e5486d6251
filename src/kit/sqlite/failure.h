#pragma once

#include "kit/base/result.h"

#include <expected>
#include <string_view>

struct sqlite3;

namespace remit::sqlite {

/// What a result code of SQLite means to callers; see Database for the reasons. `doing` follows "could not". The connection
/// may be null when there is none.
std::unexpected<Error> failure(sqlite3* database, int code, std::string_view doing);

}  // namespace remit::sqlite
