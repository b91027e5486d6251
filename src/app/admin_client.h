#pragma once

#include "kit/base/codec/json_document.h"
#include "kit/base/result.h"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace remit::app {

/// Asks the server that holds the data directory, over its local socket. The body of its answer; a problem document becomes
/// the error. Fails with Unavailable `server_not_running` when nobody listens.
Result<std::string> ask_admin(const std::filesystem::path& data, std::string_view method,
                              std::string_view path, std::string body = {});

/// One column of a table: its heading and where its text is in each item, such as "amount.amount".
struct Column {
  std::string_view heading;
  std::string_view path;
};
/// The items as a table of aligned columns, or "none" when there is none.
std::string to_table(const codec::JsonNode& items, const std::vector<Column>& columns);
/// The text of what is at the path; empty when nothing is.
std::string text_at(const codec::JsonNode& item, std::string_view path);

}  // namespace remit::app
