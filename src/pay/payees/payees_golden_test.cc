#include "kit/base/codec/golden_test.h"
#include "pay/payees/payee_verification.h"

#include <gtest/gtest.h>

namespace remit::payees {
namespace {

const ClientId kClient("cli", {1, 2});

/// What verifications put into journals, as every version must be able to read it.
TEST(PayeesGolden, events) {
  const codec::Sealed<Payee> payee(codec::SealedBox{kClient, 3, {}, to_bytes("ciphertext")});
  const auto expect = [](std::string_view which, const PayeeVerified& event) {
    codec::expect_golden(fmt::format("payees/{}.{}{}.hex", PayeeVerified::kType.name,
                                     PayeeVerified::kType.schema, which),
                         codec::encode(event));
  };
  expect("", {kClient, payee, terms::PayeeAccountType::Business, terms::PayeeMatch::CloseMatch,
              terms::PayeeReason::Mbam, ""});
  expect(".unavailable", {kClient,
                          payee,
                          terms::PayeeAccountType::Personal,
                          terms::PayeeMatch::Unavailable,
                          {},
                          "response_timeout"});
}

}  // namespace
}  // namespace remit::payees
