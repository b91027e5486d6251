#include "lab/bank/bank_service.h"

#include "lab/bank/uuid.h"

#include <algorithm>

namespace remit::lab::bank {

BankService::BankService(BankOptions options, PrivateKey signing_key, Host& host, Entropy& entropy,
                         PushClient push_client)
    : options_(std::move(options)),
      signing_key_(std::move(signing_key)),
      host_(host),
      entropy_(entropy),
      push_client_(std::move(push_client)),
      access_(entropy),
      clients_(options_.clients),
      faults_(options_.fault_seed),
      payments_(options_, host.clock(), entropy,
                [this](Duration delay, std::function<void()> task) {
                  schedule(delay, std::move(task));
                }) {}

BankService::~BankService() {
  // Whatever comes later, from a listener or a timer, finds the bank closed.
  const std::lock_guard lock(gate_->mutex);
  gate_->bank = nullptr;
}

Result<void> BankService::open(const std::function<Result<std::string>()>& listen) {
  const std::lock_guard lock(gate_->mutex);
  gate_->bank = this;
  if (!options_.record_file.empty()) {
    recorder_ = TRY(ExchangeRecorder::open(options_.record_file));
  }
  if (auto loaded = payments_.load(access_, clients_); !loaded) return loaded;
  const std::string issuer = TRY(listen());
  if (options_.issuer.empty()) options_.issuer = issuer;
  const BankParts parts{options_, signing_key_,    payments_,     clients_, access_,
                        faults_,  options_.quirks, host_.clock(), entropy_};
  events_.emplace(
      parts,
      [this](Duration delay, std::function<void()> task) { schedule(delay, std::move(task)); },
      [this](const std::string& url, const std::string& token, std::function<void(bool)> done) {
        push(url, token, std::move(done));
      });
  payments_.on_change([this](const Payment& payment) { events_->payment_changed(payment); });
  for (const StandardVersion version : {StandardVersion::V3, StandardVersion::V4}) {
    payments_apis_.emplace_back(parts, version);
    events_apis_.emplace_back(parts, *events_, version);
  }
  authorisation_.emplace(parts, options_.automatic_payer);
  registration_.emplace(parts);
  names_.emplace(parts);
  control_.emplace(parts, *authorisation_, *events_);
  for (PaymentsApi& api : payments_apis_) api.add_routes(adder(routes_, true));
  for (EventsApi& api : events_apis_) api.add_routes(adder(routes_, true));
  authorisation_->add_routes(adder(routes_, true));
  registration_->add_routes(adder(routes_, true));
  names_->add_routes(adder(routes_, true));
  control_->add_routes(adder(control_routes_, false));
  return {};
}

net::Handler BankService::handler(net::Router BankService::* routes) {
  return [gate = gate_, routes](net::HttpRequest request, net::Responder respond) {
    const std::lock_guard lock(gate->mutex);
    if (gate->bank != nullptr) {
      (gate->bank->*routes).handle(std::move(request), std::move(respond));
    }
  };
}

AddRoute BankService::adder(net::Router& router, bool recorded) {
  return [this, &router, recorded](std::string_view method, std::string_view pattern, Serve serve) {
    router.add(method, pattern,
               [this, recorded, serve = std::move(serve)](net::RoutedRequest routed,
                                                          net::Responder respond) {
                 Reply reply = serve(routed);
                 const bool silent = reply.delivery == Delivery::Never;
                 if (recorded) {
                   recorder_.record(host_.clock().now(), routed.request,
                                    silent ? nullptr : &reply.response);
                 }
                 deliver(std::move(reply), std::move(respond));
               });
  };
}

void BankService::deliver(Reply reply, net::Responder respond) {
  switch (reply.delivery) {
    case Delivery::Now:
      respond(std::move(reply.response));
      return;
    case Delivery::Late:
      host_.timers().after(options_.slow_answer, [respond = std::move(respond),
                                                  response = std::move(reply.response)]() mutable {
        respond(std::move(response));
      });
      return;
    case Delivery::Never:
      // A responder that is dropped ends the request with 500, long after its sender gave up.
      host_.timers().after(options_.silence, [respond = std::move(respond)] {});
      return;
  }
}

void BankService::schedule(Duration delay, std::function<void()> task) {
  host_.timers().after(delay, [gate = gate_, task = std::move(task)] {
    const std::lock_guard lock(gate->mutex);
    if (gate->bank != nullptr) task();
  });
}

/// An event to a client's own URL (Real Time Event Notification API): taken is 202.
void BankService::push(const std::string& url, const std::string& token,
                       std::function<void(bool)> done) {
  net::HttpClient* client = push_client_();
  if (client == nullptr) return schedule(Duration{0}, [done = std::move(done)] { done(false); });
  net::ClientRequest request{.method = "POST", .url = url, .body = token};
  request.headers.add("Content-Type", "application/jwt");
  request.headers.add("x-fapi-financial-id", options_.organisation_id);
  request.headers.add("x-fapi-interaction-id", make_uuid(entropy_));
  const std::size_t host = url.find("://") + 3;
  const net::HttpRequest sent{.method = "POST",
                              .path = url.substr(std::min(url.find('/', host), url.size())),
                              .headers = request.headers,
                              .body = token};
  client->send(std::move(request), [gate = gate_, sent, done = std::move(done)](
                                       const Result<net::HttpResponse>& response) {
    const std::lock_guard lock(gate->mutex);
    if (gate->bank == nullptr) return;
    gate->bank->recorder_.record(gate->bank->host_.clock().now(), sent,
                                 response ? &*response : nullptr);
    done(response && response->status == 202);
  });
}

}  // namespace remit::lab::bank
