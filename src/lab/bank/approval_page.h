#pragma once

#include "kit/net/http.h"
#include "lab/bank/books.h"
#include "lab/bank/consent.h"

#include <string>
#include <string_view>

namespace remit::lab::bank {

/// The page on which a payer chooses an account and approves or refuses: a form that posts
/// `interaction`, `account` and `decision` (approve or refuse) to `action`. Without scripts.
net::HttpResponse approval_page(std::string_view bank_name, std::string_view client_name,
                                const Consent& consent, const Books& books,
                                std::string_view interaction, std::string_view action);

/// What a payer sees when there is nowhere to send them back to.
net::HttpResponse failure_page(int status, std::string_view bank_name, std::string_view what);

}  // namespace remit::lab::bank
