#pragma once

#include "kit/base/codec/json_document.h"
#include "kit/base/result.h"

#include <filesystem>
#include <string>
#include <string_view>

namespace remit::app {

/// Asks the server that holds the data directory, over its local socket. The body of its answer; a problem document becomes
/// the error. Fails with Unavailable `server_not_running` when nobody listens.
Result<std::string> ask_admin(const std::filesystem::path& data, std::string_view method,
                              std::string_view path, std::string body = {});

/// The node as JSON, in its own words.
std::string print_json(const codec::JsonNode& node);
/// The text of what is at the path, JSON of what has parts; empty when nothing is.
std::string text_at(const codec::JsonNode& item, std::string_view path);

}  // namespace remit::app
