#include "lab/bank/faults.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace remit::lab::bank {
namespace {

TEST(Faults, RatesAreDrawnTheSameWayFromTheSameSeed) {
  const auto document =
      parse_json_object(R"({"rates":[{"call":"payment","fault":"timeout_after","per_mille":200},)"
                        R"({"call":"payment","fault":"slow","per_mille":300}]})");
  Faults first(7);
  Faults second(7);
  Faults other(8);
  for (Faults* faults : {&first, &second, &other}) {
    ASSERT_TRUE(faults->configure(*document).has_value());
  }
  int timeouts = 0;
  int slow = 0;
  int different = 0;
  for (int payment = 0; payment < 2000; ++payment) {
    const std::string id = fmt::format("consent-{}", payment);
    const Fault fault = first.draw(Call::SubmitPayment, id);
    EXPECT_EQ(fault, second.draw(Call::SubmitPayment, id));
    if (fault != other.draw(Call::SubmitPayment, id)) ++different;
    if (fault == Fault::TimeoutAfter) ++timeouts;
    if (fault == Fault::Slow) ++slow;
    EXPECT_EQ(first.draw(Call::ReadPayment, id), Fault::None);
  }
  EXPECT_NEAR(timeouts, 400, 60);
  EXPECT_NEAR(slow, 600, 80);
  EXPECT_GT(different, 500);
}

TEST(Faults, RefusesWhatCannotHappenAndKeepsWhatWasSet) {
  Faults faults(1);
  const auto shot = parse_json_object(R"({"one_shots":[{"call":"token","fault":"slow"}]})");
  ASSERT_TRUE(faults.configure(*shot).has_value());
  for (const std::string_view wrong :
       {R"({"one_shots":[{"call":"token","fault":"rejected"}]})",
        R"({"one_shots":[{"call":"token","fault":"slow","count":0}]})",
        R"({"rates":[{"call":"payment","fault":"slow","per_mille":1001}]})",
        R"({"rates":[{"call":"nothing","fault":"slow","per_mille":1}]})", R"({"rate":[]})",
        R"({"seed":-1})"}) {
    const auto set = faults.configure(*parse_json_object(wrong));
    ASSERT_FALSE(set.has_value()) << wrong;
    EXPECT_EQ(set.error().reason, "faults_invalid");
  }
  EXPECT_EQ(faults.draw(Call::SubmitPayment, "x"), Fault::None);
  EXPECT_EQ(faults.draw(Call::Token, "x"), Fault::Slow);
  EXPECT_EQ(faults.draw(Call::Token, "x"), Fault::None);
}

}  // namespace
}  // namespace remit::lab::bank
