#pragma once

#include "app/client/api_options.h"

namespace remit::app {

/// Adds `deliveries` and `resend` to `remit webhooks`.
void add_webhook_deliveries(CLI::App& command, const std::shared_ptr<ApiOptions>& options,
                            int& exit);

}  // namespace remit::app
