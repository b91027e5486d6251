#include "kit/base/codec/sealed.h"

#include "kit/base/codec/golden_test.h"

#include <gtest/gtest.h>

namespace remit::codec {
namespace {

struct Payer {
  static constexpr std::string_view kSealedTag = "payer";
  std::string name;
  std::string account;
  bool operator==(const Payer&) const = default;
};
BOOST_DESCRIBE_STRUCT(Payer, (), (name, account))

struct PayerSeen {
  std::uint32_t attempt = 0;
  Sealed<Payer> payer;
  Sealed<std::string> note;
};
BOOST_DESCRIBE_STRUCT(PayerSeen, (), (attempt, payer, note))

class SealedTest : public testing::Test {
 protected:
  TypeId owner(std::uint8_t last) {
    TypeId::Uuid uuid{};
    uuid[15] = last;
    return TypeId("payer", uuid);
  }
  template <class T>
  std::string reason_of(const Sealed<T>& sealed) {
    const auto opened = sealer_.open(sealed);
    return opened ? "opened" : opened.error().reason;
  }
  /// The same seal with one part changed.
  template <class T, class Change>
  Sealed<T> changed(const Sealed<T>& sealed, const Change& change) {
    SealedBox box = sealed.box().value();
    change(box);
    return Sealed<T>(box);
  }

  SeededEntropy entropy_{1};
  MemoryKeyring keyring_{entropy_};
  Sealer sealer_{keyring_, entropy_};
  const Payer payer_{"Zofia", "20000055779911"};
};

TEST_F(SealedTest, OpensToWhatWasSealed) {
  const auto sealed = sealer_.seal(owner(1), payer_).value();
  EXPECT_EQ(sealer_.open(sealed).value(), payer_);
  EXPECT_EQ(as_text(encode(sealed)).find("Zofia"), std::string_view::npos);
}

TEST_F(SealedTest, GoldenBytes) {
  expect_golden("codec/sealed.hex", encode(sealer_.seal(owner(1), payer_).value()));
}

TEST_F(SealedTest, TwoSealsOfOneValueDiffer) {
  const auto first = sealer_.seal(owner(1), payer_).value();
  const auto second = sealer_.seal(owner(1), payer_).value();
  EXPECT_NE(first.box()->nonce, second.box()->nonce);
  EXPECT_NE(first.box()->ciphertext, second.box()->ciphertext);
}

TEST_F(SealedTest, AnyChangeIsFound) {
  const auto sealed = sealer_.seal(owner(1), payer_).value();
  for (std::size_t i = 0; i < sealed.box()->ciphertext.size(); ++i) {
    EXPECT_EQ(
        reason_of(changed(sealed, [&](SealedBox& box) { box.ciphertext[i] ^= std::byte{1}; })),
        "sealed_tampered");
  }
  EXPECT_EQ(reason_of(changed(sealed, [](SealedBox& box) { box.nonce[0] ^= std::byte{1}; })),
            "sealed_tampered");
  EXPECT_EQ(reason_of(changed(sealed, [](SealedBox& box) { box.ciphertext.resize(15); })),
            "sealed_tampered");
}

TEST_F(SealedTest, AnotherOwnerOrTypeCannotOpenIt) {
  const auto sealed = sealer_.seal(owner(1), std::string("secret")).value();
  ASSERT_TRUE(keyring_.ensure(owner(2)));
  EXPECT_EQ(reason_of(changed(sealed, [&](SealedBox& box) { box.owner = owner(2); })),
            "sealed_tampered");
  EXPECT_EQ(reason_of(changed(sealed, [&](SealedBox& box) { box.owner = owner(3); })),
            "key_missing");
  EXPECT_EQ(reason_of(Sealed<Bytes>(sealed.box())), "sealed_tampered");
}

TEST_F(SealedTest, ErasureIsForGood) {
  const auto sealed = sealer_.seal(owner(1), std::string("secret")).value();
  const auto other = sealer_.seal(owner(2), std::string("kept")).value();
  ASSERT_TRUE(keyring_.erase(owner(1)));
  EXPECT_EQ(sealer_.open(sealed).error().code, ErrorCode::NotFound);
  EXPECT_EQ(reason_of(sealed), "erased");
  EXPECT_EQ(sealer_.show(sealed).value(), "<erased>");
  EXPECT_EQ(sealer_.show(other).value(), "kept");

  const auto again = sealer_.seal(owner(1), std::string("new")).value();
  EXPECT_EQ(again.box()->key_version, 2u);
  EXPECT_EQ(sealer_.show(again).value(), "new");
  EXPECT_EQ(reason_of(sealed), "erased");
}

TEST_F(SealedTest, WhoWasMadeIsErasedForGoodAndWithTheParent) {
  const TypeId parent("cli", {1});
  const TypeId first = sealer_.make_owner("payer", parent).value();
  const TypeId second = sealer_.make_owner("payer", parent).value();
  EXPECT_NE(first, second);
  const auto sealed = sealer_.seal(first, std::string("first")).value();
  const auto other = sealer_.seal(second, std::string("second")).value();
  ASSERT_TRUE(sealer_.erase(first));
  EXPECT_EQ(reason_of(sealed), "erased");
  EXPECT_EQ(sealer_.seal(first, std::string("again")).error().reason, "erased");
  EXPECT_EQ(keyring_.rotate(first).error().reason, "erased");
  EXPECT_EQ(sealer_.show(other).value(), "second");
  ASSERT_TRUE(sealer_.erase(parent));
  EXPECT_EQ(reason_of(other), "erased");
  const TypeId later = sealer_.make_owner("payer", parent).value();
  EXPECT_EQ(sealer_.show(sealer_.seal(later, std::string("later")).value()).value(), "later");
}

TEST_F(SealedTest, FieldsAreCiphertextInBytesAndHiddenInJson) {
  PayerSeen event{7, sealer_.seal(owner(1), payer_).value(), {}};
  const auto read = decode<PayerSeen>(encode(event)).value();
  EXPECT_EQ(read.payer, event.payer);
  EXPECT_EQ(sealer_.open(read.payer).value(), payer_);
  EXPECT_EQ(reason_of(read.note), "sealed_empty");
  EXPECT_EQ(to_json(read), R"({"attempt":7,"payer":"<sealed>","note":null})");
  EXPECT_EQ(from_json<PayerSeen>(R"({"attempt":7,"payer":"x","note":null})").error().reason,
            "json_sealed");
}

}  // namespace
}  // namespace remit::codec
