#pragma once

#include "app/client/api_options.h"

/// Payments and refunds as the holder of an API key makes and follows them.
namespace remit::app {

/// The columns of a list of payments.
const std::vector<Column>& payment_columns();

struct PaymentList {
  PageOptions page;
  std::string status;
  std::string kind;
  std::string client_reference;
};
int list_own_payments(const ApiOptions& options, const PaymentList& wanted);

/// One payment or refund, as JSON.
int show_own_payment(const ApiOptions& options, const std::string& id);

/// Adds `create`, `cancel` and `wait` to `remit payments`.
void add_own_payments(CLI::App& command, const std::shared_ptr<ApiOptions>& options, int& exit);

}  // namespace remit::app
