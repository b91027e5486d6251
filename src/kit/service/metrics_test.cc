#include "kit/service/metrics.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <thread>

namespace remit::service {
namespace {

using testing::HasSubstr;

TEST(MetricsTest, prints_counters_and_gauges_sorted_by_name) {
  Metrics metrics;
  metrics.gauge({"remit_queue_length", "Commands waiting."}).only().set(2.5);
  auto& calls = metrics.counter({"remit_calls_total", "Calls.", {"bank", "outcome"}});
  calls.with({"north", "ok"}).add(3);
  calls.with({"north", "failed"}).add();
  EXPECT_EQ(metrics.exposition(),
            "# HELP remit_calls_total Calls.\n"
            "# TYPE remit_calls_total counter\n"
            "remit_calls_total{bank=\"north\",outcome=\"failed\"} 1\n"
            "remit_calls_total{bank=\"north\",outcome=\"ok\"} 3\n"
            "# HELP remit_queue_length Commands waiting.\n"
            "# TYPE remit_queue_length gauge\n"
            "remit_queue_length 2.5\n");
}

TEST(MetricsTest, histograms_cumulate_and_bounds_are_inclusive) {
  Metrics metrics;
  auto& histogram =
      metrics.histogram({"remit_wait_seconds", "Wait.", {"of"}}, {0.5, 1}).with({"x"});
  for (const double value : {0.5, 0.75, 1.0, 4.0}) histogram.observe(value);
  EXPECT_EQ(metrics.exposition(),
            "# HELP remit_wait_seconds Wait.\n"
            "# TYPE remit_wait_seconds histogram\n"
            "remit_wait_seconds_bucket{of=\"x\",le=\"0.5\"} 1\n"
            "remit_wait_seconds_bucket{of=\"x\",le=\"1\"} 3\n"
            "remit_wait_seconds_bucket{of=\"x\",le=\"+Inf\"} 4\n"
            "remit_wait_seconds_sum{of=\"x\"} 6.25\n"
            "remit_wait_seconds_count{of=\"x\"} 4\n");
}

TEST(MetricsTest, escapes_what_the_format_reserves) {
  Metrics metrics;
  metrics.counter({"a", "one\\two\nthree", {"l"}}).with({"q\"b\\n\n"}).add();
  EXPECT_THAT(metrics.exposition(), HasSubstr("# HELP a one\\\\two\\nthree\n"));
  EXPECT_THAT(metrics.exposition(), HasSubstr("a{l=\"q\\\"b\\\\n\\n\"} 1\n"));
}

TEST(MetricsTest, callbacks_are_read_at_each_scrape) {
  Metrics metrics;
  double lag = 1;
  metrics.at_scrape(Metrics::Kind::Gauge, {"remit_lag", "Lag.", {"flow"}},
                    [&] { return std::vector<Sample>{{{"publish"}, lag}}; });
  EXPECT_THAT(metrics.exposition(), HasSubstr("remit_lag{flow=\"publish\"} 1\n"));
  lag = std::numeric_limits<double>::infinity();
  EXPECT_THAT(metrics.exposition(), HasSubstr("remit_lag{flow=\"publish\"} +Inf\n"));
}

TEST(MetricsTest, too_many_label_sets_are_counted_together) {
  Metrics metrics;
  auto& family = metrics.counter({"a", "A.", {"l"}});
  for (std::size_t i = 0; i < kLabelSetsMax + 100; ++i) family.with({fmt::format("{}", i)}).add();
  EXPECT_EQ(family.with({"other"}).value(), 100U);
  EXPECT_EQ(family.with({"7"}).value(), 1U);
}

TEST(MetricsTest, the_same_name_is_the_same_family) {
  Metrics metrics;
  metrics.counter({"a", "A."}).only().add();
  metrics.counter({"a", "A."}).only().add();
  EXPECT_THAT(metrics.exposition(), HasSubstr("\na 2\n"));
  EXPECT_DEATH(metrics.gauge({"a", "A."}), "made twice");
  EXPECT_DEATH(metrics.counter({"no-name", "A."}), "no name of a metric");
}

TEST(MetricsTest, loses_nothing_between_threads) {
  Metrics metrics;
  auto& family = metrics.counter({"a", "A.", {"l"}});
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      for (int i = 0; i < 1000; ++i) family.with({i % 2 == 0 ? "even" : "odd"}).add();
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(family.with({"even"}).value(), 2000U);
  EXPECT_EQ(family.with({"odd"}).value(), 2000U);
}

}  // namespace
}  // namespace remit::service
