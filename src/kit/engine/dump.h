#pragma once

#include "kit/base/result.h"
#include "kit/engine/registry.h"
#include "kit/journal/journal.h"

#include <string>

namespace remit::engine {

/// An event as one line of JSON, for `remit journal dump` and `tail`: where and when it happened, why, and its fields under
/// `data`. Sealed fields stay `<sealed>`. An event that the registry does not know, or cannot read, is printed all the same,
/// with its bytes as base64 under `payload` and the reason under `unreadable`.
std::string dump_event(const Registry& registry, const journal::Event& event);

/// The fields of an event as JSON; sealed ones stay `<sealed>`. Unsupported `unknown_event_type`, or as decoding fails.
Result<std::string> event_data(const Registry& registry, const journal::Event& event);

}  // namespace remit::engine
