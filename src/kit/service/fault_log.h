#pragma once

#include "kit/net/http.h"
#include "kit/net/router.h"
#include "kit/service/log.h"

#include <string_view>

namespace remit::service {

/// Passes the answer on, and writes a line at level error when it is a 500, or a 503 that rests on something which does not
/// pass by itself (net::problem_response): a client is told that something went wrong on our
/// side, and whoever runs the server has to find out what. The line has the error's reason and causes, method, status, the
/// route's pattern and the request's trace, empty where it names none; of the request never path, query or body, though an
/// error of a damaged record or key names whose it is. An answer that is never given is a fault as well. Refusals, and 503
/// under load, are no news here. One line for each, written by whoever answers.
///
/// `route` is the pattern that was found. The logger's log outlives the answer.
net::Responder with_fault_log(const Logger& log, const net::HttpRequest& request,
                              std::string_view route, net::Responder respond);

/// Serves as the router itself does, every route with its faults logged. The router outlives the answer.
void handle_logged(const net::Router& router, const Logger& log, net::HttpRequest request,
                   net::Responder respond);

}  // namespace remit::service
