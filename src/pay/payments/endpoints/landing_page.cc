#include "pay/payers/payer.h"
#include "pay/payments/commands.h"
#include "pay/payments/endpoints/endpoints.h"

#include <fmt/format.h>

#include <map>

/// Step 4 of a payment's life: the payer comes back from the bank. The bank's answer is in the fragment of the URL (OpenID
/// Connect hybrid flow, OAuth 2.0 Multiple Response Types section 3), which browsers keep to themselves, so the page reads
/// it and posts it to us.
namespace remit::payments {
namespace {

constexpr std::size_t kFieldBytesMax = 8192;

constexpr std::string_view kPage = R"html(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Your payment</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 32rem; margin: 20vh auto 0; padding: 0 1rem; color: #1a2433; }
h1 { font-size: 1.4rem; }
</style>
</head>
<body>
<h1 id="title">One moment</h1>
<p id="text">We are handing over what your bank told us.</p>
<noscript><p>This page needs JavaScript to hear from your bank.
Switch it on and reload the page; nothing is lost.</p></noscript>
<script src="/callback.js"></script>
</body>
</html>
)html";

constexpr std::string_view kScript = R"js('use strict';
const say = (title, text) => {
  document.getElementById('title').textContent = title;
  document.getElementById('text').textContent = text;
};
const answer = location.hash.length > 1 ? location.hash.slice(1) : location.search.slice(1);
history.replaceState(null, '', location.pathname);
fetch('/callback', {
  method: 'POST',
  headers: {'Content-Type': 'application/x-www-form-urlencoded'},
  body: answer
}).then(async response => {
  const body = await response.json();
  if (!response.ok) return say('This did not work', body.detail);
  if (body.status === 'rejected') {
    return say('Payment not approved', 'Your bank told us that it was not approved. No money has moved.');
  }
  say('Thank you', 'Your bank has approved the payment. You can close this page.');
}).catch(() => say('We could not be reached', 'Reload the page from your bank to try again. Nothing is lost.'));
)js";

net::HttpResponse page(std::string_view type, std::string_view body) {
  net::HttpResponse response;
  response.headers.add("Content-Type", std::string(type));
  response.headers.add("Cache-Control", "no-store");
  response.headers.add("Content-Security-Policy",
                       "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; "
                       "connect-src 'self'; frame-ancestors 'none'");
  response.headers.add("Referrer-Policy", "no-referrer");
  response.headers.add("X-Content-Type-Options", "nosniff");
  response.body = body;
  return response;
}

using Fields = std::map<std::string, std::string, std::less<>>;

Result<Fields> fields_of(const std::string& body) {
  const auto form = net::parse_form(body);
  if (!form) {
    return fail(ErrorCode::InvalidArgument, "form_malformed",
                "What came back is not a form; go back to your bank and try again.");
  }
  Fields fields;
  for (const auto& [name, value] : *form) {
    if (value.size() > kFieldBytesMax || !fields.emplace(name, value).second) {
      return fail(ErrorCode::InvalidArgument, "form_malformed",
                  fmt::format("The field {} is too long or given twice.", name), name);
    }
  }
  return fields;
}

std::string take(Fields& fields, std::string_view name) {
  const auto found = fields.find(name);
  return found == fields.end() ? std::string() : std::move(found->second);
}

/// Anybody may post to this page; only what looks like an OAuth error (RFC 6749 section 4.1.2.1) becomes a reason of ours.
bool is_word(std::string_view error) {
  constexpr std::size_t kLettersMax = 40;
  return error.size() <= kLettersMax &&
         error.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string_view::npos;
}

struct Answer {
  std::string state;
  AuthorisationCode code;
  std::optional<Reason> refused;
};

Result<Answer> answer_of(const std::string& body) {
  Fields fields = TRY(fields_of(body));
  Answer answer{.state = take(fields, "state")};
  if (answer.state.empty()) {
    return fail(ErrorCode::InvalidArgument, "state_missing",
                "What came back does not say which payment it is for; go back to your bank and "
                "try again.",
                "state");
  }
  if (std::string error = take(fields, "error"); !error.empty()) {
    answer.refused = Reason{is_word(error) ? "payer_" + error : "payer_refused",
                            take(fields, "error_description")};
    return answer;
  }
  answer.code = {take(fields, "code"), take(fields, "id_token")};
  if (answer.code.code.empty()) {
    return fail(ErrorCode::InvalidArgument, "code_missing",
                "What came back carries no code; go back to your bank and try again.", "code");
  }
  if (answer.code.id_token.empty()) {
    return fail(ErrorCode::InvalidArgument, "id_token_missing",
                "What came back carries no id_token; go back to your bank and try again.",
                "id_token");
  }
  return answer;
}

/// Which client's payment the state belongs to, and so whose key seals the code.
void land(const EndpointPorts& ports, Answer answer, net::Responder respond) {
  // Clients live in the one client partition of the embedded shape; the state names no client.
  engine::Engine& engine = ports.gateway.engines().of(ClientId("cli", {1}));
  struct Found {
    TypeId owner;
    bool known = false;
  };
  auto found = std::make_shared<Found>();
  const TypeId state_id = consent_state_id(answer.state);
  engine.query(
      [found, state_id](engine::ReadView& view) {
        const auto* owner = view.find<ConsentState>(state_id);
        if (owner == nullptr) return;
        if (const auto* payment = view.find<Payment>(owner->payment)) {
          *found = {payment->sealing_owner(), true};
        }
      },
      [ports, found, &engine, answer = std::move(answer),
       respond = std::move(respond)](Result<engine::Position> position) mutable {
        if (!position) return respond(net::problem_response(position.error()));
        if (!found->known) {
          return respond(net::problem_response(
              fail(ErrorCode::NotFound, "state_unknown",
                   "No payment waits for this answer; it may have expired.", "state")
                  .error()));
        }
        AuthorisePayment command{.state = std::move(answer.state), .refused = answer.refused};
        if (!answer.refused) {
          // Of an erased payer no payment waits, which the rules say.
          Result<codec::Sealed<AuthorisationCode>> sealed =
              payers::sealed_for(found->owner, answer.code, ports.sealer);
          if (!sealed) return respond(net::problem_response(sealed.error()));
          command.code = std::move(*sealed);
        }
        engine::CommandContext context;
        context.command = ports.gateway.make_id("cmd");
        context.actor = "payer";
        engine.submit(
            std::move(context), std::move(command),
            [respond = std::move(respond)](Result<engine::Answered> done) mutable {
              if (!done) return respond(net::problem_response(done.error()));
              const Result<Payment> payment = codec::decode<Payment>(done->body);
              CHECK(payment.has_value(), "{}", payment.error().describe());
              respond(net::json_response(
                  200, fmt::format("{{\"payment\":\"{}\",\"status\":\"{}\"}}",
                                   payment->id.to_string(), codec::json_name(payment->state))));
            });
      });
}

}  // namespace

void add_landing_page(const EndpointPorts& ports) {
  ports.gateway.add_page("GET", "/callback", [](const api::Request&, net::Responder respond) {
    respond(page("text/html; charset=utf-8", kPage));
  });
  ports.gateway.add_page("GET", "/callback.js", [](const api::Request&, net::Responder respond) {
    respond(page("text/javascript; charset=utf-8", kScript));
  });
  ports.gateway.add_page("POST", "/callback",
                         [ports](const api::Request& request, net::Responder respond) {
                           Result<Answer> answer = answer_of(request.http.body);
                           if (!answer) return respond(net::problem_response(answer.error()));
                           land(ports, std::move(*answer), std::move(respond));
                         });
}

}  // namespace remit::payments
