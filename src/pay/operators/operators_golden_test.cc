#include "kit/base/codec/codec.h"
#include "kit/base/codec/golden_test.h"
#include "pay/operators/act.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace remit::operators {
namespace {

template <class V>
void expect_event(const V& event) {
  codec::expect_golden(fmt::format("operators/{}.{}.hex", V::kType.name, V::kType.schema),
                       codec::encode(event));
}

/// What operators put into journals, as every version must be able to read it.
TEST(OperatorsGolden, Events) {
  expect_event(ActRecorded{"backup_begun", "/srv/backups/2026-08-20"});
}

}  // namespace
}  // namespace remit::operators
