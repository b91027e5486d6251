#pragma once

#include "pay/api/facts.h"

#include <string>
#include <string_view>
#include <vector>

namespace remit::api {

/// The AsyncAPI 3.0 document of all that is published: a message for each type of fact, which is a CloudEvent whose data
/// have a schema. A type without a description is a bug.
std::string asyncapi_document(const std::vector<FactSource>& sources, std::string_view version);

}  // namespace remit::api
