#pragma once

#include "kit/base/bytes.h"
#include "kit/base/codec/shape.h"
#include "kit/base/strong.h"
#include "kit/base/time.h"
#include "kit/base/type_id.h"

#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

/// Types that the codec's tests, fuzz target and benchmark share. One of them has every kind of field.
namespace remit::codec::sample {

enum class State : std::uint8_t { Created = 1, OutcomeUnknown = 2, Settled = 7 };
BOOST_DESCRIBE_ENUM(State, Created, OutcomeUnknown, Settled)

enum class Sign : std::int8_t { Minus = -1, Plus = 1 };
BOOST_DESCRIBE_ENUM(Sign, Minus, Plus)

using Version = StrongNumber<struct SampleVersionTag>;

struct Empty {
  bool operator==(const Empty&) const = default;
};
BOOST_DESCRIBE_STRUCT(Empty, (), ())

struct Account {
  std::string name;
  std::uint32_t number = 0;
  bool operator==(const Account&) const = default;
};
BOOST_DESCRIBE_STRUCT(Account, (), (name, number))

struct Tree {
  std::string label;
  std::vector<Tree> children;
  bool operator==(const Tree&) const = default;
};
BOOST_DESCRIBE_STRUCT(Tree, (), (label, children))

struct Everything {
  bool flag = false;
  std::int8_t tiny = 0;
  std::uint8_t octet = 0;
  std::int64_t signed_number = 0;
  std::uint64_t unsigned_number = 0;
  State state = State::Created;
  Sign sign = Sign::Plus;
  std::string text;
  Bytes bytes;
  std::array<std::byte, 4> fixed{};
  std::array<std::uint8_t, 2> octets{};
  TypeId id;
  Version version;
  Timestamp time;
  Duration delay{};
  std::optional<std::string> maybe;
  std::vector<Account> accounts;
  std::map<std::string, std::int32_t> counts;
  std::variant<Empty, Account> choice;
  Account account;
  Empty empty;
  bool operator==(const Everything&) const = default;
};
BOOST_DESCRIBE_STRUCT(Everything, (),
                      (flag, tiny, octet, signed_number, unsigned_number, state, sign, text, bytes,
                       fixed, octets, id, version, time, delay, maybe, accounts, counts, choice,
                       account, empty))

inline TypeId sample_id() {
  return TypeId("pay", {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16});
}

inline Everything sample_everything() {
  Everything all;
  all.flag = true;
  all.tiny = -128;
  all.octet = 255;
  all.signed_number = std::numeric_limits<std::int64_t>::min();
  all.unsigned_number = std::numeric_limits<std::uint64_t>::max();
  all.state = State::OutcomeUnknown;
  all.sign = Sign::Minus;
  all.text = "Zażółć \"gęślą\"\n";
  all.bytes = to_bytes("\x01\x02\xff");
  all.fixed = {std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}};
  all.octets = {0xAB, 0xCD};
  all.id = sample_id();
  all.version = Version(300);
  all.time = Timestamp(std::chrono::microseconds(1'787'218'200'123'456));
  all.delay = std::chrono::seconds(90);
  all.maybe = "here";
  all.accounts = {{"first", 1}, {"second", 70000}};
  all.counts = {{"a", -1}, {"b", 2}};
  all.choice = Account{"chosen", 5};
  all.account = {std::string(200, 'x'), 9};
  return all;
}

/// A payment as an event might carry it: what the benchmark in docs/adr/0011-codec.md measures.
struct Payment {
  TypeId id;
  TypeId client;
  std::int64_t amount = 0;
  std::array<std::byte, 3> currency{};
  State state = State::Created;
  std::string reference;
  std::string end_to_end_id;
  Timestamp created_at;
  std::uint32_t attempt = 0;
  std::optional<TypeId> mandate;
  bool operator==(const Payment&) const = default;
};
BOOST_DESCRIBE_STRUCT(Payment, (),
                      (id, client, amount, currency, state, reference, end_to_end_id, created_at,
                       attempt, mandate))

}  // namespace remit::codec::sample
