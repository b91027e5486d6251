#include "kit/base/codec/codec.h"

#include "kit/base/codec/golden_test.h"
#include "kit/base/codec/sample_test.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace remit::codec {
namespace {

using sample::Account;
using sample::Everything;

struct AccountV2 {
  std::string name;
  std::uint32_t number = 0;
  std::string bank = "unknown";
  bool operator==(const AccountV2&) const = default;
};
BOOST_DESCRIBE_STRUCT(AccountV2, (), (name, number, bank))

struct BookV1 {
  std::vector<Account> accounts;
  std::uint8_t last = 0;
};
BOOST_DESCRIBE_STRUCT(BookV1, (), (accounts, last))
struct BookV2 {
  std::vector<AccountV2> accounts;
  std::uint8_t last = 0;
};
BOOST_DESCRIBE_STRUCT(BookV2, (), (accounts, last))

struct Even {
  std::uint32_t half = 0;
};

}  // namespace

template <>
struct Custom<Even> {
  static std::uint32_t to(const Even& even) { return even.half * 2; }
  static Result<Even> from(std::uint32_t number) {
    if (number % 2 != 0) return fail(ErrorCode::InvalidArgument, "odd", "Give an even number.");
    return Even{number / 2};
  }
};

namespace {

template <class T>
std::string reason_of(ByteView bytes) {
  const auto decoded = decode<T>(bytes);
  if (decoded) return "decoded";
  EXPECT_EQ(decoded.error().code, ErrorCode::Corrupt);
  return decoded.error().reason;
}

Bytes hex(std::string_view text) {
  return *from_hex(text);
}

TEST(Codec, GivesBackEveryKindOfField) {
  const Everything all = sample::sample_everything();
  EXPECT_EQ(decode<Everything>(encode(all)).value(), all);
  EXPECT_EQ(decode<Everything>(encode(Everything{})).value(), Everything{});
}

TEST(Codec, GoldenBytes) {
  expect_golden("codec/everything.hex", encode(sample::sample_everything()));
  expect_golden("codec/everything_default.hex", encode(Everything{}));
}

TEST(Codec, WritesCompactly) {
  EXPECT_EQ(to_hex(encode(Account{"ab", 300})), "05026162ac02");
  EXPECT_EQ(to_hex(encode(std::int32_t{-1})), "01");
  EXPECT_EQ(to_hex(encode(std::optional<bool>())), "00");
  EXPECT_EQ(to_hex(encode(sample::Empty{})), "00");
}

TEST(Codec, AppendsToWhatIsThere) {
  Bytes out = to_bytes("ab");
  encode_to(std::string("c"), out);
  EXPECT_EQ(to_hex(out), "61620163");
}

TEST(Codec, LongStructsGetLongLengths) {
  for (const std::size_t size : {124, 125, 126, 127, 128, 16378, 16379, 16380, 16384, 2097152}) {
    const Account account{std::string(size, 'n'), 1};
    EXPECT_EQ(decode<Account>(encode(account)).value(), account) << size;
  }
}

TEST(Codec, OldBytesLeaveNewFieldsAtTheirDefaults) {
  const AccountV2 read = decode<AccountV2>(encode(Account{"a", 1})).value();
  EXPECT_EQ(read, (AccountV2{"a", 1, "unknown"}));
}

TEST(Codec, NewBytesReadByOldCodeLoseOnlyWhatItDoesNotKnow) {
  const BookV2 written{{{"a", 1, "x"}, {"b", 2, "y"}}, 7};
  const BookV1 read = decode<BookV1>(encode(written)).value();
  EXPECT_EQ(read.accounts, (std::vector<Account>{{"a", 1}, {"b", 2}}));
  EXPECT_EQ(read.last, 7);
}

TEST(Codec, RefusesDamagedBytes) {
  EXPECT_EQ(reason_of<Account>({}), "codec_truncated");
  EXPECT_EQ(reason_of<Account>(hex("0502616201")), "codec_truncated");
  EXPECT_EQ(reason_of<Account>(hex("030261620105")), "codec_trailing_bytes");
  EXPECT_EQ(reason_of<Account>(hex("0202616201")), "codec_truncated") << "field beyond its struct";
  EXPECT_EQ(reason_of<bool>(hex("02")), "codec_flag");
  EXPECT_EQ(reason_of<std::uint8_t>(hex("8002")), "codec_number");
  EXPECT_EQ(reason_of<std::uint32_t>(hex("8000")), "codec_number") << "not the shortest form";
  EXPECT_EQ(reason_of<std::uint64_t>(hex("ffffffffffffffffff02")), "codec_number");
  EXPECT_EQ(reason_of<sample::State>(hex("03")), "codec_enumerator");
  EXPECT_EQ(reason_of<std::vector<std::string>>(hex("ffffffff0f")), "codec_truncated");
  EXPECT_EQ(reason_of<std::string>(hex("ffffffffffffffffff01")), "codec_truncated");
  EXPECT_EQ((reason_of<std::variant<bool, bool>>(hex("02"))), "codec_alternative");
  EXPECT_EQ((reason_of<std::map<std::string, bool>>(hex("02016201016101"))), "codec_map_order");
  EXPECT_EQ((reason_of<std::map<std::string, bool>>(hex("02016101016101"))), "codec_map_order");
  EXPECT_EQ(reason_of<TypeId>(hex("035061590000000000000000000000000000000000")), "codec_type_id");
  EXPECT_EQ(reason_of<TypeId>(hex("09616161616161616161")), "codec_type_id");
}

TEST(Codec, RefusesDeepNesting) {
  const auto nested = [](int levels) {
    sample::Tree tree;
    for (int i = 1; i < levels; ++i) tree = sample::Tree{"", {tree}};
    return encode(tree);
  };
  EXPECT_EQ(reason_of<sample::Tree>(nested(BinaryReader::kDepthMax)), "decoded");
  EXPECT_EQ(reason_of<sample::Tree>(nested(BinaryReader::kDepthMax + 1)), "codec_depth");
}

TEST(Codec, MoneyIsItsAmountAndTheLettersOfItsCurrency) {
  const Money money{1250, Currency::of("GBP")};
  EXPECT_EQ(to_hex(encode(money)), "05c413474250");
  EXPECT_EQ(decode<Money>(encode(money)).value(), money);
  EXPECT_EQ(decode<Money>(encode(Money{})).value(), Money{});
  EXPECT_EQ(reason_of<Money>(hex("05c413585a5a")), "codec_value");
}

TEST(Codec, CustomTypesAreWrittenAsTheirWireType) {
  EXPECT_EQ(to_hex(encode(Even{7})), "0e");
  EXPECT_EQ(decode<Even>(hex("0e")).value().half, 7u);
  const auto odd = decode<Even>(hex("0f"));
  ASSERT_FALSE(odd);
  EXPECT_EQ(odd.error().reason, "codec_value");
  EXPECT_EQ(odd.error().cause->reason, "odd");
}

RC_GTEST_PROP(CodecProperty, AnyValueComesBack,
              (const std::string& text, std::int64_t number, std::uint64_t large,
               const std::vector<std::string>& names)) {
  Everything all = sample::sample_everything();
  all.text = text;
  all.signed_number = number;
  all.unsigned_number = large;
  for (const auto& name : names) all.accounts.push_back({name, 1});
  for (const auto& name : names) all.counts[name] = 3;
  RC_ASSERT(decode<Everything>(encode(all)).value() == all);
}

RC_GTEST_PROP(CodecProperty, AnyBytesDecodeOrAreCorrupt,
              (const std::vector<std::uint8_t>& octets)) {
  const auto decoded = decode<Everything>(std::as_bytes(std::span(octets)));
  RC_ASSERT(decoded || decoded.error().code == ErrorCode::Corrupt);
}

RC_GTEST_PROP(CodecProperty, DamagedBytesDecodeOrAreCorrupt,
              (std::size_t where, std::uint8_t what)) {
  Bytes bytes = encode(sample::sample_everything());
  bytes[where % bytes.size()] = std::byte{what};
  const auto decoded = decode<Everything>(bytes);
  RC_ASSERT(decoded || decoded.error().code == ErrorCode::Corrupt);
  bytes.resize(where % bytes.size());
  RC_ASSERT(!decode<Everything>(bytes));
}

}  // namespace
}  // namespace remit::codec
