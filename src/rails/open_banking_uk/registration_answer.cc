#include "rails/open_banking_uk/registration_answer.h"

#include "kit/base/codec/json_writer.h"
#include "rails/open_banking_uk/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace remit::rails::open_banking_uk {
namespace {

using Answer = codec::JsonDocument;
using Check = std::optional<Error> (*)(const Answer&, const RegistrationTerms&);

constexpr std::string_view kAlgorithm = "PS256";

Error unfit(std::string reason, std::string message) {
  return {ErrorCode::FailedPrecondition, std::move(reason), std::move(message), {}, nullptr};
}

std::unexpected<Error> unusable(std::string reason, std::string message) {
  return fail(ErrorCode::OutcomeUnknown, std::move(reason), std::move(message));
}

bool has(const std::vector<std::string>& list, std::string_view word) {
  return std::ranges::find(list, word) != list.end();
}

bool has_word(std::string_view words, std::string_view word) {
  while (!words.empty()) {
    const std::size_t end = std::min(words.find(' '), words.size());
    if (words.substr(0, end) == word) return true;
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return false;
}

bool is_there(const Answer& answer, std::string_view name) {
  const codec::JsonNode* node = find(answer, {name});
  return node != nullptr && node->kind != codec::JsonKind::Null;
}

/// A member that may be left unsaid, but not say another word.
std::optional<Error> check_word(const Answer& answer, std::string_view name,
                                std::string_view wanted, std::string reason) {
  if (!is_there(answer, name) || text(answer, {name}) == wanted) return std::nullopt;
  return unfit(std::move(reason), fmt::format("The bank registered {} '{}' where {} was asked for.",
                                              name, text(answer, {name}), wanted));
}

/// The same for lists: these must be in it.
std::optional<Error> check_list(const Answer& answer, std::string_view name,
                                std::initializer_list<std::string_view> needed,
                                std::string reason) {
  if (!is_there(answer, name)) return std::nullopt;
  const std::vector<std::string> given = texts(answer, {name});
  for (const std::string_view word : needed) {
    if (!has(given, word)) {
      return unfit(std::move(reason),
                   fmt::format("The bank registered {} without {}.", name, word));
    }
  }
  return std::nullopt;
}

std::optional<Error> check_redirect_uris(const Answer& answer, const RegistrationTerms& terms) {
  const std::vector<std::string> given = texts(answer, {"redirect_uris"});
  if (!has(given, terms.redirect_uri)) {
    return unfit("registration_redirect_uri_missing",
                 fmt::format("The bank did not register {}.", terms.redirect_uri));
  }
  for (const std::string& uri : given) {
    if (uri == terms.redirect_uri || has(terms.statement_redirect_uris, uri)) continue;
    return unfit("registration_redirect_uri_foreign",
                 fmt::format("The bank registered {}, which neither we nor the software statement "
                             "named: codes could be sent there.",
                             uri));
  }
  return std::nullopt;
}

std::optional<Error> check_authentication(const Answer& answer, const RegistrationTerms& terms) {
  const std::string_view wanted = authentication_method(terms.client_authentication);
  const std::string given = text(answer, {"token_endpoint_auth_method"});
  if (given != wanted) {
    return unfit("registration_auth_method",
                 fmt::format("The bank registered the authentication '{}' where {} was asked for.",
                             given, wanted));
  }
  if (terms.client_authentication == ClientAuthentication::TlsClientAuth) {
    return check_word(answer, "tls_client_auth_subject_dn", terms.certificate_subject,
                      "registration_subject");
  }
  return check_word(answer, "token_endpoint_auth_signing_alg", kAlgorithm,
                    "registration_auth_algorithm");
}

std::optional<Error> check_algorithms(const Answer& answer, const RegistrationTerms& /*terms*/) {
  if (is_there(answer, "id_token_encrypted_response_alg")) {
    return unfit("registration_id_token_encrypted",
                 "The bank registered encrypted id tokens, which nobody asked for.");
  }
  if (auto wrong = check_word(answer, "id_token_signed_response_alg", kAlgorithm,
                              "registration_id_token_algorithm")) {
    return wrong;
  }
  return check_word(answer, "request_object_signing_alg", kAlgorithm,
                    "registration_request_object_algorithm");
}

std::optional<Error> check_uses(const Answer& answer, const RegistrationTerms& /*terms*/) {
  if (auto wrong =
          check_list(answer, "response_types", {"code id_token"}, "registration_response_types")) {
    return wrong;
  }
  if (auto wrong = check_list(answer, "grant_types", {"authorization_code", "client_credentials"},
                              "registration_grant_types")) {
    return wrong;
  }
  const std::string scope = text(answer, {"scope"});
  if (is_there(answer, "scope") && (!has_word(scope, "payments") || !has_word(scope, "openid"))) {
    return unfit(
        "registration_scope",
        fmt::format("The bank registered the scope '{}', which is not enough for payments.",
                    scope));
  }
  return check_word(answer, "application_type", "web", "registration_application_type");
}

std::optional<Error> check_software(const Answer& answer, const RegistrationTerms& terms) {
  if (auto wrong =
          check_word(answer, "software_id", terms.software_id, "registration_software_id")) {
    return wrong;
  }
  if (terms.software_statement.empty() || !is_there(answer, "software_statement") ||
      text(answer, {"software_statement"}) == terms.software_statement) {
    return std::nullopt;
  }
  return unfit("registration_software_statement",
               "The bank registered another software statement than it was given.");
}

constexpr std::array<Check, 5> kChecks{check_redirect_uris, check_authentication, check_algorithms,
                                       check_uses, check_software};

/// "https://host:port" of a URL.
std::string_view origin_of(std::string_view url) {
  const std::size_t host = url.find("://");
  return host == url.npos ? std::string_view() : url.substr(0, url.find('/', host + 3));
}

std::optional<Error> find_defect(const Answer& answer, const Registration& registration,
                                 const RegistrationTerms& terms, std::string_view client_id,
                                 std::string_view endpoint) {
  if (!client_id.empty() && registration.client_id != client_id) {
    return unfit("registration_client_id_differs",
                 fmt::format("The bank answered about the client {} instead of {}.",
                             registration.client_id, client_id));
  }
  if (!registration.client_uri.empty() &&
      origin_of(registration.client_uri) != origin_of(endpoint)) {
    return unfit("registration_client_uri_foreign",
                 fmt::format("The bank sends us to {}, which is not where we registered: our token "
                             "would go there.",
                             registration.client_uri));
  }
  for (const Check check : kChecks) {
    if (auto wrong = check(answer, terms)) return wrong;
  }
  return std::nullopt;
}

std::vector<std::string> remarks_on(const Answer& answer, const RegistrationTerms& terms) {
  std::vector<std::string> remarks;
  for (const std::string_view name :
       {"grant_types", "response_types", "scope", "application_type",
        "id_token_signed_response_alg", "request_object_signing_alg"}) {
    if (!is_there(answer, name)) {
      remarks.push_back(fmt::format("The bank does not say which {} it registered.", name));
    }
  }
  const std::vector<std::string> granted = texts(answer, {"grant_types"});
  for (const std::string& grant : terms.grant_types) {
    if (!granted.empty() && !has(granted, grant)) {
      remarks.push_back(fmt::format("The bank does not grant {}.", grant));
    }
  }
  return remarks;
}

std::string without_secrets(const Answer& answer) {
  codec::JsonWriter json;
  json.begin_object();
  const codec::JsonNode* member = answer.root().first();
  for (std::uint32_t i = 0; i < answer.root().count; ++i, member = member->next()) {
    if (member->key == "client_secret" || member->key == "registration_access_token") continue;
    json.write_key(member->key);
    codec::write_node(json, *member);
  }
  json.end_object();
  return json.take();
}

bool is_client_id(std::string_view id) {
  return id.size() <= kClientIdCharactersMax &&
         std::ranges::all_of(id, [](char c) { return c > ' ' && c < '\x7f'; });
}

}  // namespace

Result<Registration> read_registration(const net::HttpResponse& response,
                                       const RegistrationTerms& terms, std::string_view client_id,
                                       std::string_view endpoint) {
  const Result<Answer> answer = parse(response.body);
  if (!answer || answer->root().kind != codec::JsonKind::Object) {
    return unusable("registration_unreadable",
                    fmt::format("The bank answered {} with something that is no JSON object.",
                                response.status));
  }
  Registration registration{.client_id = id_text(*answer, {"client_id"}),
                            .client_uri = text(*answer, {"registration_client_uri"}),
                            .access_token = text(*answer, {"registration_access_token"}),
                            .metadata = without_secrets(*answer),
                            .remarks = remarks_on(*answer, terms),
                            .unfit = {}};
  if (registration.client_id.empty()) {
    return unusable("registration_client_id_missing", "The bank's answer lacks client_id.");
  }
  if (!is_client_id(registration.client_id)) {
    return unusable(
        "registration_client_id_unfit",
        "The bank's client_id is too long, or holds spaces or other letters than ASCII.");
  }
  registration.unfit = find_defect(*answer, registration, terms, client_id, endpoint);
  return registration;
}

Error registration_refusal(const net::HttpResponse& response) {
  constexpr std::array<std::string_view, 4> kCodes{
      "invalid_redirect_uri", "invalid_client_metadata", "invalid_software_statement",
      "unapproved_software_statement"};
  const Result<Answer> answer = parse(response.body);
  const std::string code = answer ? text(*answer, {"error"}) : std::string();
  const std::string words = fmt::format("The bank answered {} {} {}.", response.status, code,
                                        answer ? text(*answer, {"error_description"}) : "");
  // Accepted for later, or done and to be looked for elsewhere, is not refused.
  if (response.status < 400 || response.status >= 500 || response.status == 408) {
    return {ErrorCode::OutcomeUnknown, "registration_failed", words, {}, nullptr};
  }
  if (response.status == 429) {
    return {ErrorCode::Unavailable,
            "registration_throttled",
            words + " It did nothing; try again later.",
            {},
            nullptr};
  }
  if (response.status == 404 || response.status == 405) {
    return {ErrorCode::Unsupported,
            "registration_unsupported",
            words + " It does not offer this; use its developer portal.",
            {},
            nullptr};
  }
  if (response.status == 401 || response.status == 403) {
    return {ErrorCode::PermissionDenied,
            "registration_unauthorised",
            words + " It does not know the client, the token or the certificate.",
            {},
            nullptr};
  }
  const bool known = std::ranges::find(kCodes, code) != kCodes.end();
  return {ErrorCode::FailedPrecondition, known ? code : "registration_refused", words, {}, nullptr};
}

}  // namespace remit::rails::open_banking_uk
