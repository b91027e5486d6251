#include "kit/base/codec/golden_test.h"
#include "pay/payers/payer.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace remit::payers {
namespace {

/// What erasures put into journals, as every version must be able to read it.
TEST(PayersGolden, events) {
  codec::expect_golden(
      fmt::format("payers/{}.{}.hex", PayerErased::kType.name, PayerErased::kType.schema),
      codec::encode(PayerErased{ClientId("cli", {1, 2})}));
}

}  // namespace
}  // namespace remit::payers
