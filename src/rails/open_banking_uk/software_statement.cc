#include "rails/open_banking_uk/software_statement.h"

#include "kit/base/codec/json_writer.h"
#include "rails/open_banking_uk/json.h"

#include <fmt/format.h>

#include <algorithm>

namespace remit::rails::open_banking_uk {
namespace {

constexpr auto kSkew = std::chrono::seconds(60);
constexpr std::string_view kWhiteSpace = " \t\r\n";

std::int64_t seconds(Timestamp time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

std::unexpected<Error> malformed(std::string_view why) {
  return fail(
      ErrorCode::InvalidArgument, "software_statement_malformed",
      fmt::format("The software statement {}; fetch it from the directory again and keep it "
                  "as it came.",
                  why));
}

std::unexpected<Error> refuse(std::string reason, std::string message) {
  return fail(ErrorCode::FailedPrecondition, std::move(reason), std::move(message));
}

Result<codec::JsonDocument> object_in(std::string_view encoded, std::string_view what) {
  const std::optional<Bytes> json = from_base64url(encoded);
  if (!json) return malformed(fmt::format("has a {} that is not base64url", what));
  Result<codec::JsonDocument> document = parse(as_text(*json));
  if (!document || document->root().kind != codec::JsonKind::Object) {
    return malformed(fmt::format("has a {} that is not a JSON object", what));
  }
  return document;
}

Result<void> check_times(const SoftwareStatement& statement, Timestamp now) {
  const std::optional<std::int64_t> issued = number(statement.claims, {"iat"});
  if (issued && *issued > seconds(now + kSkew)) {
    return refuse("software_statement_time",
                  "The software statement is of the future; compare this machine's clock.");
  }
  if (!issued || *issued < seconds(now - kSoftwareStatementAgeMax)) {
    return refuse("software_statement_stale",
                  fmt::format("The software statement {}; fetch a new one from the directory.",
                              issued ? "is older than 180 days" : "does not say when it was made"));
  }
  const std::optional<std::int64_t> expires = number(statement.claims, {"exp"});
  if (expires && *expires <= seconds(now)) {
    return refuse("software_statement_expired",
                  "The software statement has expired; fetch a new one from the directory.");
  }
  return {};
}

/// signature_issuer is "organisation/software", or the subject of a certificate, which says nothing of either.
Result<void> check_software(const SoftwareStatement& statement, const Options& options) {
  const std::string& ours = options.signature_issuer;
  const std::size_t slash = ours.find('/');
  if (slash == std::string::npos || ours.find('=') != std::string::npos) return {};
  const bool same_organisation =
      statement.organisation_id.empty() || statement.organisation_id == ours.substr(0, slash);
  if (same_organisation && statement.software_id == ours.substr(slash + 1)) return {};
  return refuse("software_statement_of_another",
                fmt::format("The software statement is of {}/{}, signature_issuer is {}; name the "
                            "file of that software, or correct signature_issuer.",
                            statement.organisation_id, statement.software_id, ours));
}

Result<void> check_standing(const SoftwareStatement& statement) {
  const std::string status = text(statement.claims, {"org_status"});
  if (!status.empty() && !is_one_of(status, {"Active"})) {
    return refuse(
        "software_statement_inactive",
        fmt::format("The directory says that the organisation is {}; ask the directory.", status));
  }
  const codec::JsonNode* roles = find(statement.claims, {"software_roles"});
  if (roles != nullptr && !is_or_contains(roles, "PISP")) {
    return refuse("software_statement_role",
                  "The software statement is not for payments: add the role PISP at the directory "
                  "and fetch a new one.");
  }
  return {};
}

/// The Directory's statements point at the keys, which needs the network; others carry them.
Result<void> check_keys(const SoftwareStatement& statement, jose::Signer& signer) {
  const codec::JsonNode* carried = find(statement.claims, {"software_jwks"});
  if (carried == nullptr) carried = find(statement.claims, {"jwks"});
  if (carried == nullptr || carried->kind != codec::JsonKind::Object) return {};
  codec::JsonWriter json;
  codec::write_node(json, *carried);
  const Result<jose::KeySet> keys = jose::KeySet::parse(json.take());
  const std::string probe = TRY(jose::sign_jwt(signer, {}));
  if (keys && jose::verify_compact(probe, *keys)) return {};
  return refuse("software_statement_key",
                fmt::format("The software statement's keys do not hold our signing key {}; publish "
                            "it at the directory and fetch a new statement, or correct signing_key "
                            "and signing_key_id.",
                            jose::unverified_key_id(probe)));
}

}  // namespace

Result<SoftwareStatement> read_software_statement(std::string_view text_of_file) {
  const std::size_t begin =
      std::min(text_of_file.find_first_not_of(kWhiteSpace), text_of_file.size());
  std::string_view token = text_of_file.substr(begin);
  token = token.substr(0, token.find_last_not_of(kWhiteSpace) + 1);
  if (token.size() > jose::kJwsBytesMax) return malformed("is longer than 64 KiB");
  const std::size_t first = token.find('.');
  const std::size_t second = first == token.npos ? first : token.find('.', first + 1);
  if (second == token.npos || token.find('.', second + 1) != token.npos) {
    return malformed("is not a JWT (three parts with dots between)");
  }
  TRY(object_in(token.substr(0, first), "header"));
  SoftwareStatement statement{
      .token = std::string(token),
      .software_id = {},
      .organisation_id = {},
      .redirect_uris = {},
      .claims = TRY(object_in(token.substr(first + 1, second - first - 1), "payload"))};
  statement.software_id = text(statement.claims, {"software_id"});
  statement.organisation_id = text(statement.claims, {"org_id"});
  statement.redirect_uris = texts(statement.claims, {"software_redirect_uris"});
  if (statement.software_id.empty()) {
    return fail(ErrorCode::InvalidArgument, "software_statement_incomplete",
                "The software statement lacks software_id; fetch it from the directory again.");
  }
  return statement;
}

Result<void> check_software_statement(const SoftwareStatement& statement, const Options& options,
                                      jose::Signer& signer, Timestamp now) {
  TRY(check_times(statement, now));
  TRY(check_software(statement, options));
  TRY(check_standing(statement));
  if (std::ranges::find(statement.redirect_uris, options.redirect_uri) ==
      statement.redirect_uris.end()) {
    return refuse("software_statement_redirect_uri",
                  fmt::format("The software statement's redirect URIs lack {}; add it at the "
                              "directory and fetch a new one, or correct http.public_url.",
                              options.redirect_uri));
  }
  return check_keys(statement, signer);
}

}  // namespace remit::rails::open_banking_uk
