#include "rails/open_banking_uk/software_statement.h"

#include "rails/open_banking_uk/scripted_bank_test.h"

namespace remit::rails::open_banking_uk {
namespace {

const Timestamp kNow{std::chrono::seconds(1'787'218'200)};

using Claims = std::map<std::string, std::string>;

Claims good_claims() {
  return {{"iss", jose::json_string("OpenBanking Ltd")},
          {"iat", std::to_string(seconds_of(kNow) - 3600)},
          {"org_id", jose::json_string("org")},
          {"org_status", jose::json_string("Active")},
          {"software_id", jose::json_string("software")},
          {"software_roles", R"(["AISP","PISP"])"},
          {"software_redirect_uris", R"(["https://shop/other","https://shop/callback"])"}};
}

/// Signed by whom does not matter here: the directory's key is the bank's business.
std::string statement_of(const Claims& claims) {
  std::vector<jose::Member> members;
  for (const auto& [name, json] : claims) members.push_back({name, json});
  return *jose::sign_jwt(*bank_key().signer, members);
}

std::string reason_of(const std::string& text, const Options& options = test_options()) {
  const auto statement = read_software_statement(text);
  if (!statement) return statement.error().reason;
  const auto checked = check_software_statement(*statement, options, *our_key().signer, kNow);
  if (checked) return "fit";
  EXPECT_EQ(checked.error().code, ErrorCode::FailedPrecondition);
  return checked.error().reason;
}

std::string reason_with(const std::string& claim, const std::string& json) {
  Claims claims = good_claims();
  claims[claim] = json;
  return reason_of(statement_of(claims));
}
std::string reason_without(const std::string& claim) {
  Claims claims = good_claims();
  claims.erase(claim);
  return reason_of(statement_of(claims));
}

TEST(SoftwareStatement, IsReadFromAFileAsItCame) {
  const std::string token = statement_of(good_claims());
  const auto statement = read_software_statement("\n " + token + " \r\n");
  ASSERT_TRUE(statement) << statement.error().describe();
  EXPECT_EQ(statement->token, token);
  EXPECT_EQ(statement->software_id, "software");
  EXPECT_EQ(statement->organisation_id, "org");
  EXPECT_EQ(statement->redirect_uris.size(), 2u);
  EXPECT_EQ(reason_of(token), "fit");
}

TEST(SoftwareStatement, EveryDefectHasItsOwnReason) {
  for (const std::string& text :
       {std::string(), std::string("a.b"), std::string("a.b.c.d"), std::string("!.e30.x"),
        std::string("e30.W10.x"), std::string(70'000, 'a')}) {
    EXPECT_EQ(reason_of(text), "software_statement_malformed") << text.substr(0, 20);
  }
  EXPECT_EQ(reason_without("software_id"), "software_statement_incomplete");
  EXPECT_EQ(reason_without("iat"), "software_statement_stale");
  EXPECT_EQ(reason_with("iat", std::to_string(seconds_of(kNow) - 181LL * 24 * 3600)),
            "software_statement_stale");
  EXPECT_EQ(reason_with("iat", std::to_string(seconds_of(kNow) + 120)), "software_statement_time");
  EXPECT_EQ(reason_with("exp", std::to_string(seconds_of(kNow))), "software_statement_expired");
  EXPECT_EQ(reason_with("exp", std::to_string(seconds_of(kNow) + 1)), "fit");
  EXPECT_EQ(reason_with("software_id", jose::json_string("other")),
            "software_statement_of_another");
  EXPECT_EQ(reason_with("org_id", jose::json_string("other")), "software_statement_of_another");
  EXPECT_EQ(reason_with("org_status", jose::json_string("Withdrawn")),
            "software_statement_inactive");
  EXPECT_EQ(reason_with("software_roles", R"(["AISP"])"), "software_statement_role");
  EXPECT_EQ(reason_with("software_redirect_uris", R"(["https://shop/callback/"])"),
            "software_statement_redirect_uri");
  EXPECT_EQ(reason_without("software_redirect_uris"), "software_statement_redirect_uri");
}

TEST(SoftwareStatement, KeysThatItCarriesMustHoldOurs) {
  const auto with_key = [](const std::string& jwk) {
    return reason_with("software_jwks", fmt::format(R"({{"keys":[{}]}})", jwk));
  };
  EXPECT_EQ(with_key(our_key().jwk), "fit");
  EXPECT_EQ(with_key(bank_key().jwk), "software_statement_key");
  // The same name for another key is what a key that was replaced on one side looks like.
  std::string impostor = bank_key().jwk;
  impostor.replace(impostor.find("bank-1"), 6, "tpp-1");
  EXPECT_EQ(with_key(impostor), "software_statement_key");
}

TEST(SoftwareStatement, ASubjectInTheSignatureIssuerSaysNothingOfTheSoftware) {
  Options options = test_options();
  options.signature_issuer = "CN=software,O=a/b,C=GB";
  EXPECT_EQ(reason_of(statement_of(good_claims()), options), "fit");
}

}  // namespace
}  // namespace remit::rails::open_banking_uk
