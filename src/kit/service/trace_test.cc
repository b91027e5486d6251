#include "kit/service/trace.h"

#include <gtest/gtest.h>

namespace remit::service {
namespace {

constexpr std::string_view kExample = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

TEST(Trace, ReadsAndWritesTheHeader) {
  const auto trace = parse_traceparent(kExample);
  ASSERT_TRUE(trace.has_value());
  EXPECT_EQ(trace->trace_id[0], 0x4b);
  EXPECT_EQ(trace->span_id[7], 0xb7);
  EXPECT_EQ(trace->flags, 1);
  EXPECT_EQ(to_traceparent(*trace), kExample);
}

TEST(Trace, RefusesWhatTheRecommendationRefuses) {
  const std::string example(kExample);
  EXPECT_FALSE(parse_traceparent(""));
  EXPECT_FALSE(parse_traceparent(example.substr(0, 54)));
  EXPECT_FALSE(parse_traceparent(example + "-more"));
  EXPECT_FALSE(parse_traceparent("ff" + example.substr(2)));
  EXPECT_FALSE(parse_traceparent("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01"));
  EXPECT_FALSE(parse_traceparent("00-00000000000000000000000000000000-00f067aa0ba902b7-01"));
  EXPECT_FALSE(parse_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01"));
  EXPECT_FALSE(parse_traceparent("00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"));
  EXPECT_TRUE(parse_traceparent("01" + example.substr(2) + "-more"));
}

TEST(Trace, ASpanKeepsItsTrace) {
  SeededRandom random(1);
  const auto parent = parse_traceparent(kExample);
  const Trace child = next_span(parent, random);
  EXPECT_EQ(child.trace_id, parent->trace_id);
  EXPECT_NE(child.span_id, parent->span_id);
  const Trace fresh = next_span(std::nullopt, random);
  EXPECT_TRUE(parse_traceparent(to_traceparent(fresh)).has_value());
}

}  // namespace
}  // namespace remit::service
