#pragma once

#include "pay/api/gateway.h"

#include <string>

namespace remit::api {

/// Every problem that the gateway's operations answer with, in Markdown: docs/errors.md.
std::string error_catalogue(const Gateway& gateway);

}  // namespace remit::api
