#include "rails/open_banking_uk/message_signature.h"

#include "rails/open_banking_uk/scripted_bank_test.h"

/// Every signature of a bank's answer that must not be believed, and the reason that it gets.
namespace remit::rails::open_banking_uk {
namespace {

constexpr std::string_view kBody = R"({"Data":{}})";
const Timestamp kNow = ManualHost::kStart;

/// A header of a good signature, whose members a test changes.
struct Header {
  std::string issued_at = std::to_string(seconds_of(kNow) - 1);
  std::string issuer = jose::json_string("bank-org");
  std::string anchor = jose::json_string("openbanking.org.uk");
  std::vector<jose::Member> more;
  std::vector<std::string> critical{"http://openbanking.org.uk/iat",
                                    "http://openbanking.org.uk/iss",
                                    "http://openbanking.org.uk/tan"};
};

std::string signed_with(const Header& header, jose::Signer& signer = *bank_key().signer,
                        jose::PayloadEncoding encoding = jose::PayloadEncoding::Base64Url) {
  std::vector<jose::Member> members{{"http://openbanking.org.uk/iat", header.issued_at},
                                    {"http://openbanking.org.uk/iss", header.issuer},
                                    {"http://openbanking.org.uk/tan", header.anchor}};
  members.insert(members.end(), header.more.begin(), header.more.end());
  return *jose::sign_detached(signer, members, header.critical, kBody, encoding);
}

std::string reason_of(const std::string& signature, std::string_view body = kBody) {
  const auto verified = verify_message(signature, body, bank_keys(), test_options(), kNow);
  if (verified) return "believed";
  EXPECT_EQ(verified.error().code, ErrorCode::Unauthenticated);
  return verified.error().reason;
}

TEST(MessageSignature, TheGoodOneIsBelievedInBothEncodings) {
  EXPECT_EQ(reason_of(signed_with({})), "believed");
  EXPECT_EQ(reason_of(signed_with({}, *bank_key().signer, jose::PayloadEncoding::Raw)), "believed");
  EXPECT_EQ(reason_of(signed_with({.more = {{"typ", "\"JOSE\""}, {"cty", "\"json\""}}})),
            "believed");
}

TEST(MessageSignature, EveryWrongMemberHasItsOwnReason) {
  EXPECT_EQ(reason_of(signed_with({.issued_at = std::to_string(seconds_of(kNow) + 61)})),
            "signature_time");
  EXPECT_EQ(reason_of(signed_with({.issuer = jose::json_string("another")})), "signature_issuer");
  EXPECT_EQ(reason_of(signed_with({.anchor = jose::json_string("example.org")})),
            "signature_anchor");
  EXPECT_EQ(reason_of(signed_with({.more = {{"typ", "\"JWT\""}}})), "signature_type");
  EXPECT_EQ(reason_of(signed_with({.critical = {"http://openbanking.org.uk/iat"}})),
            "signature_critical");
}

TEST(MessageSignature, WhatIsCriticalMustBeUnderstood) {
  Header header;
  header.more.push_back({"exp", "1"});
  header.critical.emplace_back("exp");
  EXPECT_EQ(reason_of(signed_with(header)), "signature_critical");
  // RFC 7797 section 6: b64 must be critical where it is used.
  EXPECT_EQ(reason_of(signed_with({.more = {{"b64", "false"}}})), "signature_critical");
}

TEST(MessageSignature, ItIsTheBanksAndOfTheseBytes) {
  EXPECT_EQ(reason_of(signed_with({}), R"({"Data":{} })"), "signature_invalid");
  const TestKey impostor = make_rsa_key("bank-1");
  EXPECT_EQ(reason_of(signed_with({}, *impostor.signer)), "signature_invalid");
  EXPECT_EQ(reason_of(signed_with({}, *our_key().signer)), "signature_key_unknown");
  EXPECT_EQ(reason_of("header..signature"), "signature_malformed");
  const std::string good = signed_with({});
  const std::string rest = good.substr(good.find('.'));
  for (const auto& [algorithm, reason] :
       std::map<std::string, std::string>{{"none", "signature_unsigned"},
                                          {"HS256", "signature_symmetric"},
                                          {"RS256", "signature_algorithm"},
                                          {"ES256", "signature_algorithm"}}) {
    const std::string header = fmt::format(R"({{"alg":"{}","kid":"bank-1"}})", algorithm);
    EXPECT_EQ(reason_of(to_base64url(as_bytes(header)) + rest), reason);
  }
}

}  // namespace
}  // namespace remit::rails::open_banking_uk
