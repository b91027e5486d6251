#include "rails/open_banking_uk/id_token.h"

#include "rails/open_banking_uk/scripted_bank_test.h"

namespace remit::rails::open_banking_uk {
namespace {

const Timestamp kNow{std::chrono::seconds(1'787'218'200)};

using Claims = std::map<std::string, std::string>;

Claims good_claims() {
  return {{"iss", jose::json_string("https://bank")},
          {"sub", jose::json_string("payer-1")},
          {"aud", jose::json_string("client-1")},
          {"exp", std::to_string(seconds_of(kNow) + 300)},
          {"iat", std::to_string(seconds_of(kNow))},
          {"nonce", jose::json_string("the-nonce")},
          {"s_hash", jose::json_string(half_hash("the-state"))},
          {"c_hash", jose::json_string(half_hash("the-code"))},
          {"openbanking_intent_id", jose::json_string("consent-1")},
          {"acr", jose::json_string("urn:openbanking:psd2:sca")}};
}

Expected expected() {
  return {.issuer = "https://bank",
          .client_id = "client-1",
          .nonce = "the-nonce",
          .consent_id = "consent-1",
          .channel = Channel::Front,
          .code = "the-code",
          .state = "the-state",
          .access_token = {},
          .now = kNow};
}

std::string token_of(const Claims& claims, jose::Signer& signer = *bank_key().signer) {
  std::vector<jose::Member> members;
  for (const auto& [name, json] : claims) members.push_back({name, json});
  return *jose::sign_jwt(signer, members);
}

std::string reason_of(const std::string& token, const Expected& with = expected()) {
  const auto checked = check_id_token(token, bank_keys(), with);
  if (checked) return "accepted";
  EXPECT_EQ(checked.error().code, ErrorCode::PermissionDenied);
  return checked.error().reason;
}

std::string reason_with(const std::string& claim, const std::string& json) {
  Claims claims = good_claims();
  claims[claim] = json;
  return reason_of(token_of(claims));
}
std::string reason_without(const std::string& claim) {
  Claims claims = good_claims();
  claims.erase(claim);
  return reason_of(token_of(claims));
}

TEST(IdToken, TheGoodOneSaysWhoThePayerIs) {
  const auto subject = check_id_token(token_of(good_claims()), bank_keys(), expected());
  ASSERT_TRUE(subject) << subject.error().describe();
  EXPECT_EQ(*subject, "payer-1");
  EXPECT_EQ(reason_with("aud", R"(["client-1"])"), "accepted");
  EXPECT_EQ(reason_with("acr", jose::json_string("urn:openbanking:psd2:ca")), "accepted");
}

TEST(IdToken, EveryWrongClaimHasItsOwnReason) {
  EXPECT_EQ(reason_with("iss", jose::json_string("https://other")), "id_token_issuer");
  EXPECT_EQ(reason_with("aud", jose::json_string("client-2")), "id_token_audience");
  EXPECT_EQ(reason_with("aud", R"(["client-1","client-2"])"), "id_token_authorised_party");
  EXPECT_EQ(reason_with("azp", jose::json_string("client-2")), "id_token_authorised_party");
  EXPECT_EQ(reason_with("exp", std::to_string(seconds_of(kNow) - 61)), "id_token_expired");
  EXPECT_EQ(reason_with("exp", jose::json_string("tomorrow")), "id_token_expired");
  EXPECT_EQ(reason_with("iat", std::to_string(seconds_of(kNow) + 61)), "id_token_issued_at");
  EXPECT_EQ(reason_with("iat", std::to_string(seconds_of(kNow) - 3601)), "id_token_issued_at");
  EXPECT_EQ(reason_with("nonce", jose::json_string("another")), "id_token_nonce");
  EXPECT_EQ(reason_with("s_hash", jose::json_string(half_hash("another"))), "id_token_state_hash");
  EXPECT_EQ(reason_with("c_hash", jose::json_string(half_hash("another"))), "id_token_code_hash");
  EXPECT_EQ(reason_with("openbanking_intent_id", jose::json_string("consent-2")),
            "id_token_intent");
  EXPECT_EQ(reason_with("acr", jose::json_string("urn:mace:incommon:iap:silver")), "id_token_acr");
  EXPECT_EQ(reason_with("sub", jose::json_string("")), "id_token_subject");
}

TEST(IdToken, EveryMissingClaimHasItsOwnReason) {
  const std::map<std::string, std::string> reasons{
      {"iss", "id_token_issuer_missing"},
      {"aud", "id_token_audience_missing"},
      {"exp", "id_token_expiry_missing"},
      {"iat", "id_token_issued_at_missing"},
      {"nonce", "id_token_nonce_missing"},
      {"s_hash", "id_token_state_hash_missing"},
      {"c_hash", "id_token_code_hash_missing"},
      {"openbanking_intent_id", "id_token_intent_missing"},
      {"acr", "id_token_acr_missing"},
      {"sub", "id_token_subject_missing"}};
  for (const auto& [claim, reason] : reasons) EXPECT_EQ(reason_without(claim), reason) << claim;
}

TEST(IdToken, NothingExpectedMeansNothingAccepted) {
  for (auto member : {&Expected::nonce, &Expected::consent_id, &Expected::code, &Expected::state}) {
    Expected with = expected();
    with.*member = {};
    EXPECT_NE(reason_of(token_of(good_claims()), with), "accepted");
  }
  Claims claims = good_claims();
  claims.erase("nonce");
  Expected with = expected();
  with.nonce = {};
  EXPECT_EQ(reason_of(token_of(claims), with), "id_token_nonce_missing");
}

TEST(IdToken, SignaturesAreTheBanksOwn) {
  EXPECT_EQ(reason_of(token_of(good_claims(), *our_key().signer)), "id_token_key_unknown");
  const auto impostor = make_rsa_key("bank-1");
  EXPECT_EQ(reason_of(token_of(good_claims(), *impostor.signer)), "id_token_signature");
  const std::string good = token_of(good_claims());
  const std::string none =
      to_base64url(as_bytes(R"({"alg":"none","kid":"bank-1"})")) + good.substr(good.find('.'));
  EXPECT_EQ(reason_of(none), "id_token_unsigned");
  for (const auto& [algorithm, reason] :
       std::map<std::string, std::string>{{"HS256", "id_token_symmetric"},
                                          {"RS256", "id_token_algorithm"},
                                          {"ES256", "id_token_algorithm"}}) {
    const std::string header = fmt::format(R"({{"alg":"{}","kid":"bank-1"}})", algorithm);
    EXPECT_EQ(reason_of(to_base64url(as_bytes(header)) + good.substr(good.find('.'))), reason);
  }
  const std::string keyless =
      to_base64url(as_bytes(R"({"alg":"none"})")) + good.substr(good.find('.'));
  EXPECT_EQ(reason_of(keyless), "id_token_unsigned");
  EXPECT_EQ(reason_of("no.token"), "id_token_malformed");
  EXPECT_EQ(reason_of(*jose::sign_compact(*bank_key().signer, {}, "[1]")), "id_token_unreadable");
  EXPECT_EQ(reason_of(*jose::sign_compact(*bank_key().signer, {}, R"({"iss":"a","iss":"b"})")),
            "id_token_unreadable");
}

TEST(IdToken, OfTheTokenEndpointIsBoundToTheAccessToken) {
  Expected with = expected();
  with.channel = Channel::Token;
  with.code = {};
  with.state = {};
  with.access_token = "access";
  Claims claims = good_claims();
  claims.erase("s_hash");
  claims.erase("c_hash");
  EXPECT_EQ(reason_of(token_of(claims), with), "accepted");
  claims["at_hash"] = jose::json_string(half_hash("access"));
  EXPECT_EQ(reason_of(token_of(claims), with), "accepted");
  claims["at_hash"] = jose::json_string(half_hash("other"));
  EXPECT_EQ(reason_of(token_of(claims), with), "id_token_access_hash");
}

}  // namespace
}  // namespace remit::rails::open_banking_uk
