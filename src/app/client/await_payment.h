#pragma once

#include "app/client/api_options.h"
#include "pay/payments/payment.h"

#include <optional>

namespace remit::app {

/// Whether a payment in this state has come as far as was waited for, or never will; nullopt: not yet. `until` empty: any
/// final state.
std::optional<bool> has_arrived(payments::PaymentState state,
                                std::optional<payments::PaymentState> until);

/// Adds `remit payments wait`.
void add_await_payment(CLI::App& command, const std::shared_ptr<ApiOptions>& options, int& exit);

/// The moment that an option names, nullopt when it is empty. Fails with InvalidArgument `time_invalid`.
Result<std::optional<Timestamp>> time_of(const std::string& text, std::string_view option);

}  // namespace remit::app
