#pragma once

#include <boost/json/value.hpp>

#include <string>

namespace remit::api {

/// The value as text, a member or item a line, two spaces a level: for documents that people compare. An array or object
/// without arrays or objects in it stays on one line.
std::string indented(const boost::json::value& value);

}  // namespace remit::api
