#pragma once

#include "kit/base/codec/json_schema.h"
#include "kit/base/codec/values.h"
#include "pay/payers/payer.h"

#include <optional>

namespace remit::payers {

/// A payer as clients see it.
struct PayerResource {
  TypeId id;
  std::uint64_t payments = 0;
  std::uint64_t open_payments = 0;
  std::optional<Timestamp> erased_at;
};
BOOST_DESCRIBE_STRUCT(PayerResource, (), (id, payments, open_payments, erased_at))

PayerResource to_resource(const Payer& payer);
/// Shown by the documents.
PayerResource example_payer();

}  // namespace remit::payers

namespace remit::codec {

template <>
struct JsonNames<payers::PayerResource> {
  static constexpr std::string_view kTypeName = "Payer";
};
template <>
struct JsonFields<payers::PayerResource> {
  static constexpr JsonDescription kDescriptions[] = {
      {"", "The person at the other end of payments."},
      {"payments", "How many there were, refunds as well."},
      {"open_payments", "How many of them have not come to an end."},
      {"erased_at", "Since when nothing personal of it can be read; absent while it can."}};
};

}  // namespace remit::codec
