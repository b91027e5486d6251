#include "pay/api/openapi.h"

#include "pay/api/json_text.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace remit::api {
namespace {

namespace json = boost::json;

constexpr std::string_view kAbout =
    "Payments from account to account, and the double-entry ledger behind them.\n\n"
    "Money is in the minor unit of its currency (`1250` GBP is 12.50 pounds). Times are RFC 3339. "
    "Every POST needs an `Idempotency-Key`: the same key with the same request is the same answer, "
    "so whatever got no answer can be sent again. Errors are `application/problem+json` (RFC 9457) "
    "with a stable `code`, a `detail` that says what to do, and the `field` that is wrong. Lists "
    "are read models that follow the writes: give the `Remit-Min-Position` of a write, and a list "
    "holds it.";

constexpr std::string_view kProblemSchema = R"({
  "type": "object",
  "description": "What went wrong (RFC 9457).",
  "properties": {
    "type": {"type": "string", "const": "about:blank"},
    "title": {"type": "string", "description": "The words of the status."},
    "status": {"type": "integer", "description": "The status of the answer."},
    "code": {"type": "string", "pattern": "^[a-z0-9_]+$",
             "description": "Stable, for programs; x-problems of this document explains each."},
    "detail": {"type": "string", "description": "For people: what is wrong and what to do."},
    "field": {"type": "string", "description": "The member, parameter or header that is wrong."}
  },
  "required": ["type", "title", "status", "code", "detail"],
  "additionalProperties": false
})";

constexpr std::string_view kParameters = R"({
  "IdempotencyKey": {
    "name": "Idempotency-Key", "in": "header", "required": true,
    "description": "New for each new request, the same when it is sent again; kept for 7 days.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    "example": "0b0c6e3a-6a0e-4a51-9c68-6f0d8b1e7a11"
  },
  "OptionalIdempotencyKey": {
    "name": "Idempotency-Key", "in": "header",
    "description": "What the operation does is idempotent without one; with one, the answer is remembered as well.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"}
  },
  "MinPosition": {
    "name": "Remit-Min-Position", "in": "header",
    "description": "The list holds at least what was written up to this position, which an earlier answer gave.",
    "schema": {"type": "integer", "minimum": 0, "maximum": 9223372036854775807}
  }
})";

constexpr std::string_view kHeaders = R"({
  "MinPosition": {
    "description": "The position of what is answered: for lists that must hold it.",
    "schema": {"type": "integer", "minimum": 0}
  },
  "IdempotentReplayed": {
    "description": "The answer was given before, to the same request; nothing was done again.",
    "schema": {"type": "string", "const": "true"}
  },
  "RetryAfter": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}},
  "WwwAuthenticate": {"description": "How to authenticate.", "schema": {"type": "string", "const": "Bearer"}},
  "RateLimitLimit": {"description": "Requests that may be made at once.", "schema": {"type": "integer", "minimum": 1}},
  "RateLimitRemaining": {"description": "Requests that may be made now.", "schema": {"type": "integer", "minimum": 0}},
  "RateLimitReset": {"description": "Seconds until all of them may be made again.", "schema": {"type": "integer", "minimum": 0}}
})";

/// An object of one member, which braces would make something else of.
json::object single(std::string_view name, json::value value) {
  json::object made;
  made[name] = std::move(value);
  return made;
}

json::value parsed(std::string_view text) {
  boost::system::error_code error;
  json::value value = json::parse(json::string_view(text.data(), text.size()), error);
  CHECK(!error, "{}: {}", error.message(), text);
  return value;
}

json::object reference(std::string_view kind, std::string_view name) {
  return single("$ref", json::string(fmt::format("#/components/{}/{}", kind, name)));
}

bool goes(const Operation& operation, Way way) {
  return std::ranges::find(operation.ways, way) != operation.ways.end();
}

json::object to_json(const Parameter& parameter, std::string_view in) {
  json::object described{{"name", parameter.name}, {"in", in}};
  if (in == "path") described["required"] = true;
  described["description"] = parameter.description;
  described["schema"] = parsed(parameter.schema);
  if (!parameter.example.empty()) described["example"] = parameter.example;
  return described;
}

json::array parameters_of(const Operation& operation) {
  json::array parameters;
  for (const Parameter& one : operation.path_parameters) {
    parameters.push_back(to_json(one, "path"));
  }
  for (const Parameter& one : operation.query) parameters.push_back(to_json(one, "query"));
  if (goes(operation, Way::Execute)) {
    parameters.push_back(reference(
        "parameters", operation.method == "POST" ? "IdempotencyKey" : "OptionalIdempotencyKey"));
  }
  if (goes(operation, Way::List)) parameters.push_back(reference("parameters", "MinPosition"));
  return parameters;
}

json::object content(const Body& body, codec::JsonSchemas& schemas) {
  json::object media{{"schema", parsed(body.schema(schemas))}};
  if (!body.example.empty()) media["example"] = parsed(body.example);
  return single("application/json", std::move(media));
}

json::object answer_headers(const Operation& operation) {
  json::object headers;
  if (goes(operation, Way::Execute) || goes(operation, Way::Query)) {
    headers["Remit-Min-Position"] = reference("headers", "MinPosition");
  }
  if (goes(operation, Way::Execute)) {
    headers["Idempotent-Replayed"] = reference("headers", "IdempotentReplayed");
  }
  headers["RateLimit-Limit"] = reference("headers", "RateLimitLimit");
  headers["RateLimit-Remaining"] = reference("headers", "RateLimitRemaining");
  headers["RateLimit-Reset"] = reference("headers", "RateLimitReset");
  return headers;
}

const ProblemKind& kind_of(std::string_view code, const Gateway& gateway) {
  const auto found = std::ranges::find(gateway.problems(), code, &ProblemKind::code);
  CHECK(found != gateway.problems().end(), "nobody explains the problem {}", code);
  return *found;
}

json::object problem_response(int status, const std::vector<const ProblemKind*>& kinds) {
  json::array codes;
  for (const ProblemKind* kind : kinds) codes.push_back(json::string(kind->code));
  const ProblemKind& first = *kinds.front();
  json::object example{{"type", "about:blank"},
                       {"title", net::status_text(status)},
                       {"status", status},
                       {"code", first.code},
                       {"detail", fmt::format("{} {}", first.meaning, first.remedy)}};
  json::object media{{"schema", reference("schemas", "Problem")}, {"example", std::move(example)}};
  json::object response{{"description", net::status_text(status)},
                        {"content", single("application/problem+json", std::move(media))},
                        {"x-codes", std::move(codes)}};
  if (status == 401) {
    response["headers"] = single("WWW-Authenticate", reference("headers", "WwwAuthenticate"));
  }
  if (status == 429 || status == 503) {
    response["headers"] = single("Retry-After", reference("headers", "RetryAfter"));
  }
  return response;
}

json::object responses_of(const Operation& operation, const Gateway& gateway,
                          codec::JsonSchemas& schemas) {
  json::object responses;
  responses[std::to_string(operation.status)] = {
      {"description", net::status_text(operation.status)},
      {"headers", answer_headers(operation)},
      {"content", content(operation.answer, schemas)}};
  std::map<int, std::vector<const ProblemKind*>> by_status;
  for (const std::string_view code : problem_codes(operation)) {
    const ProblemKind& kind = kind_of(code, gateway);
    by_status[kind.status].push_back(&kind);
  }
  for (const auto& [status, kinds] : by_status) {
    responses[std::to_string(status)] = problem_response(status, kinds);
  }
  return responses;
}

json::object to_json(const Operation& operation, const Gateway& gateway,
                     codec::JsonSchemas& schemas) {
  json::object described{{"operationId", operation.id},
                         {"tags", json::array{json::string(operation.tag)}},
                         {"summary", operation.summary}};
  if (!operation.description.empty()) described["description"] = operation.description;
  json::array security;
  if (operation.scope) {
    security.push_back(
        single("api_key", json::array{json::string(codec::json_name(*operation.scope))}));
  }
  described["security"] = std::move(security);
  if (json::array parameters = parameters_of(operation); !parameters.empty()) {
    described["parameters"] = std::move(parameters);
  }
  if (operation.request) {
    described["requestBody"] = {{"required", operation.request->required},
                                {"content", content(*operation.request, schemas)}};
  }
  described["responses"] = responses_of(operation, gateway, schemas);
  return described;
}

json::object problems_of(const Gateway& gateway) {
  json::object problems;
  for (const ProblemKind& kind : gateway.problems()) {
    problems[kind.code] = {
        {"status", kind.status}, {"meaning", kind.meaning}, {"remedy", kind.remedy}};
  }
  return problems;
}

std::string lower(std::string_view text) {
  std::string lowered(text);
  std::ranges::transform(lowered, lowered.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return lowered;
}

json::object components(const codec::JsonSchemas& schemas) {
  json::object scheme{{"type", "http"},
                      {"scheme", "bearer"},
                      {"description",
                       "An API key: `remit_test_...` or `remit_live_...`. What an operation names "
                       "is the scope that "
                       "the key must have."}};
  return {{"securitySchemes", single("api_key", std::move(scheme))},
          {"parameters", parsed(kParameters)},
          {"headers", parsed(kHeaders)},
          {"schemas", parsed(schemas.definitions())}};
}

}  // namespace

std::string openapi_document(const Gateway& gateway, std::string_view version) {
  codec::JsonSchemas schemas("#/components/schemas/");
  schemas.define("Problem", std::string(kProblemSchema));
  json::object paths;
  json::array tags;
  for (const Operation& operation : gateway.operations()) {
    json::value& path = paths[operation.path];
    if (path.is_null()) path.emplace_object();
    path.get_object()[lower(operation.method)] = to_json(operation, gateway, schemas);
    const json::value tag = single("name", json::string(operation.tag));
    if (std::ranges::find(tags, tag) == tags.end()) tags.push_back(tag);
  }
  const json::object server{{"url", "/"}, {"description", "Whoever served this document."}};
  const json::object document{
      {"openapi", "3.1.0"},
      {"info", json::object{{"title", "Remit"}, {"version", version}, {"description", kAbout}}},
      {"servers", json::array{server}},
      {"tags", std::move(tags)},
      {"paths", std::move(paths)},
      {"components", components(schemas)},
      {"x-problems", problems_of(gateway)}};
  return indented(document) + "\n";
}

}  // namespace remit::api
