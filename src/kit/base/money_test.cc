#include "kit/base/money.h"

#include <gtest/gtest.h>

#include <limits>

namespace remit {
namespace {

const Currency kGbp = Currency::of("GBP");
constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();

TEST(Money, PrintsAndParsesByTheDigitsOfTheCurrency) {
  struct Case {
    std::int64_t amount;
    std::string_view currency;
    std::string_view text;
  };
  for (const Case& c : {Case{1250, "GBP", "12.50"}, Case{5, "GBP", "0.05"}, Case{0, "EUR", "0.00"},
                        Case{1250, "JPY", "1250"}, Case{1250, "KWD", "1.250"},
                        Case{kMax, "GBP", "92233720368547758.07"}}) {
    const Money money{c.amount, Currency::of(c.currency)};
    EXPECT_EQ(to_decimal(money), c.text);
    EXPECT_EQ(from_decimal(c.text, money.currency), money);
  }
  EXPECT_EQ(to_decimal({kMin, kGbp}), "-92233720368547758.08");
}

TEST(Money, RefusesWhatIsNotAnExactAmount) {
  for (const std::string_view text :
       {"", ".", "1.", ".5", "-1.00", "+1", "1e3", "1,00", "1.0.0", " 1", "0x10",
        "\xC2\xA3"
        "1"}) {
    const auto parsed = from_decimal(text, kGbp);
    ASSERT_FALSE(parsed.has_value()) << text;
    EXPECT_EQ(parsed.error().reason, "amount_invalid") << text;
  }
  EXPECT_EQ(from_decimal("1.001", kGbp).error().reason, "amount_precision");
  EXPECT_EQ(from_decimal("1.00000", kGbp), (Money{100, kGbp}));
  EXPECT_EQ(from_decimal("1.5", Currency::of("JPY")).error().reason, "amount_precision");
  EXPECT_EQ(from_decimal("92233720368547758.08", kGbp).error().reason, "amount_overflow");
  EXPECT_EQ(from_decimal(std::string(100'000, '9'), kGbp).error().reason, "amount_overflow");
}

TEST(Money, AddsAndSubtractsWithinBoundsAndCurrency) {
  EXPECT_EQ(add({1, kGbp}, {2, kGbp}), (Money{3, kGbp}));
  EXPECT_EQ(add({kMax, kGbp}, {1, kGbp}).error().reason, "amount_overflow");
  EXPECT_EQ(subtract({kMin, kGbp}, {1, kGbp}).error().reason, "amount_overflow");
  EXPECT_EQ(add({1, kGbp}, {1, Currency::of("EUR")}).error().reason, "currency_mismatch");
}

TEST(Money, RoundsAsItIsTold) {
  const auto times = [](std::int64_t amount, Ratio ratio, Rounding rounding) {
    return multiply({amount, kGbp}, ratio, rounding)->amount;
  };
  struct Case {
    std::int64_t amount, half_even, half_up, floor, ceiling, towards_zero;
  };
  for (const Case& c : {Case{5, 2, 3, 2, 3, 2}, Case{7, 4, 4, 3, 4, 3},
                        Case{-5, -2, -3, -3, -2, -2}, Case{4, 2, 2, 2, 2, 2}}) {
    EXPECT_EQ(times(c.amount, {1, 2}, Rounding::HalfEven), c.half_even);
    EXPECT_EQ(times(c.amount, {1, 2}, Rounding::HalfUp), c.half_up);
    EXPECT_EQ(times(c.amount, {1, 2}, Rounding::Floor), c.floor);
    EXPECT_EQ(times(c.amount, {1, 2}, Rounding::Ceiling), c.ceiling);
    EXPECT_EQ(times(c.amount, {1, 2}, Rounding::TowardsZero), c.towards_zero);
  }
  EXPECT_EQ(times(kMax, {kMax, kMax}, Rounding::Floor), kMax);
  EXPECT_EQ(multiply({kMax, kGbp}, {2, 1}, Rounding::Floor).error().reason, "amount_overflow");
}

TEST(Currency, KnowsOnlyActiveCodes) {
  EXPECT_EQ(Currency::of("GBP").minor_digits(), 2);
  for (const std::string_view code : {"gbp", "GB", "GBPX", "XXX", "BP ", "   ", "DEM"}) {
    EXPECT_FALSE(Currency::parse(code).has_value()) << code;
  }
}

}  // namespace
}  // namespace remit
