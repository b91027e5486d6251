#pragma once

#include "pay/api/facts.h"

namespace remit::webhooks {

/// What is published of endpoints: that one was disabled, to whoever else listens.
api::FactSource facts();

}  // namespace remit::webhooks
