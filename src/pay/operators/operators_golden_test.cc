#include "kit/base/codec/codec.h"
#include "kit/base/codec/golden_test.h"
#include "pay/operators/act.h"
#include "pay/operators/approval.h"
#include "pay/operators/policy.h"

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
  expect_event(PolicyAdopted{true});
  const auto when = *from_rfc3339("2026-08-20T10:00:00Z");
  const TypeId payment = *TypeId::parse("pay_01jz4zwnjmfzk8hkmxgfwzbc9b");
  expect_event(ApprovalRequested{
      payments::ResolvePayment{payment, true, "bank-1", "statement line 7"}, "user:alice", when});
  expect_event(ApprovalGranted{"user:bob", "seen on the statement"});
  expect_event(ApprovalRejected{"user:bob", "another payment"});
}

}  // namespace
}  // namespace remit::operators
