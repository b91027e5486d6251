#include "kit/service/fault_log.h"

#include <memory>
#include <utility>

namespace remit::service {
namespace {

constexpr int kFault = 500;

class WatchedAnswer {
 public:
  WatchedAnswer(const Logger& log, const net::HttpRequest& request, std::string_view route,
                net::Responder respond)
      : log_(log), method_(request.method), route_(route), respond_(std::move(respond)) {
    if (const auto parent = request.headers.find("traceparent")) {
      trace_ = parse_traceparent(*parent);
    }
  }
  WatchedAnswer(const WatchedAnswer&) = delete;
  WatchedAnswer& operator=(const WatchedAnswer&) = delete;
  ~WatchedAnswer() {
    if (!answered_) {
      write({ErrorCode::Internal, "not_answered", "The request was not answered.", {}, nullptr});
    }
  }

  void answer(net::HttpResponse response) {
    answered_ = true;
    if (response.fault) {
      write(*response.fault, response.status);
    } else if (response.status == kFault) {
      write({ErrorCode::Internal,
             "fault_unnamed",
             "An answer was 500 without its reason.",
             {},
             nullptr});
    }
    respond_(std::move(response));
  }

 private:
  void write(const Error& error, int status = kFault) const {
    log_.error("A request failed on our side.",
               {field("code", error.reason), field(error), field("method", method_),
                field("route", route_), field("status", status),
                trace_ ? field(*trace_) : field("trace_id", "")});
  }

  const Logger log_;
  const std::string method_;
  const std::string route_;
  std::optional<Trace> trace_;
  net::Responder respond_;
  bool answered_ = false;
};

}  // namespace

net::Responder with_fault_log(const Logger& log, const net::HttpRequest& request,
                              std::string_view route, net::Responder respond) {
  // Held by a pointer, since a moved-from answer must not look like one that was never given.
  return [watched = std::make_unique<WatchedAnswer>(log, request, route, std::move(respond))](
             net::HttpResponse response) { watched->answer(std::move(response)); };
}

void handle_logged(const net::Router& router, const Logger& log, net::HttpRequest request,
                   net::Responder respond) {
  auto found = router.find(request);
  if (auto* nobody = std::get_if<net::HttpResponse>(&found)) return respond(std::move(*nobody));
  auto& route = std::get<net::Router::Found>(found);
  respond = with_fault_log(log, request, route.pattern, std::move(respond));
  std::move(route).serve(std::move(request), std::move(respond));
}

}  // namespace remit::service
