#include "lab/bank/directory.h"

#include "lab/bank/jws.h"

#include <algorithm>

namespace remit::lab::bank {
namespace {

constexpr std::int64_t kAgeSecondsMax = 30LL * 24 * 3600;
constexpr std::size_t kSoftwareIdMax = 22;

std::unexpected<OauthError> invalid(std::string_view description) {
  return oauth_error("invalid_software_statement", description);
}

/// ^[0-9a-zA-Z]{1,22}$
bool is_software_id(std::string_view text) {
  return !text.empty() && text.size() <= kSoftwareIdMax && std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  });
}

}  // namespace

std::vector<std::string> texts_in(const json::object& object, std::string_view name) {
  std::vector<std::string> texts;
  const json::value* list = object.if_contains(name);
  if (list == nullptr || !list->is_array()) return texts;
  for (const json::value& item : list->get_array()) {
    if (item.is_string()) texts.emplace_back(item.get_string());
  }
  return texts;
}

OauthAnswer<SoftwareStatement> read_software_statement(std::string_view token,
                                                       const Directory& directory, Timestamp now,
                                                       Duration skew_max) {
  auto claims = verify_jwt(token, directory.signing_keys, SignatureAlgorithm::Ps256);
  if (!claims) return invalid(claims.error().message);
  SoftwareStatement statement;
  statement.software_id = find_text(*claims, "software_id").value_or("");
  statement.organisation_id = find_text(*claims, "org_id").value_or("");
  statement.redirect_uris = texts_in(*claims, "software_redirect_uris");
  const std::int64_t second = numeric_date(now);
  const std::int64_t skew = std::chrono::ceil<std::chrono::seconds>(skew_max).count();
  const auto issued = find_integer(*claims, "iat");
  if (!is_software_id(statement.software_id) || statement.organisation_id.empty() ||
      statement.redirect_uris.empty()) {
    return invalid("software_id, org_id or software_redirect_uris is missing or malformed.");
  }
  if (!issued || *issued > second + skew || *issued < second - kAgeSecondsMax) {
    return invalid("iat is missing, in the future, or more than 30 days ago.");
  }
  const auto found =
      directory.software.find(find_text(*claims, "software_jwks_endpoint").value_or(""));
  if (found == directory.software.end()) {
    return oauth_error("unapproved_software_statement", "The directory knows no such software.");
  }
  if (find_text(*claims, "org_status") != "Active") {
    return oauth_error("unapproved_software_statement", "The organisation is not active.");
  }
  statement.software = &found->second;
  statement.claims = *std::move(claims);
  return statement;
}

}  // namespace remit::lab::bank
