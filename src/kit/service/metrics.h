#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What a program counts, for Prometheus (text exposition format 0.0.4).
namespace remit::service {

/// Sets of label values that one metric may have. Above it, new ones are counted together under the value "other", so that
/// a stranger's input cannot fill memory.
inline constexpr std::size_t kLabelSetsMax = 500;
/// Longer label values are cut.
inline constexpr std::size_t kLabelValueBytesMax = 128;

/// Only grows. Thread safe, never blocks.
class Counter {
 public:
  void add(std::uint64_t count = 1) { value_.fetch_add(count, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// Goes up and down. Thread safe, never blocks.
class Gauge {
 public:
  void set(double value) { value_.store(value, std::memory_order_relaxed); }
  void add(double by) { value_.fetch_add(by, std::memory_order_relaxed); }
  double value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<double> value_{0};
};

/// How often values fell below bounds. Thread safe, never blocks; a scrape may miss an observation that is under way.
class Histogram {
 public:
  /// `bounds` are the upper, inclusive ones, rising; infinity is implied.
  explicit Histogram(std::vector<double> bounds);
  void observe(double value);
  const std::vector<double>& bounds() const { return bounds_; }
  /// Observations in the bucket of that index, not cumulated; the last one is infinity's.
  std::uint64_t bucket(std::size_t index) const {
    return buckets_[index].load(std::memory_order_relaxed);
  }
  double sum() const { return sum_.load(std::memory_order_relaxed); }

 private:
  const std::vector<double> bounds_;
  std::unique_ptr<std::atomic<std::uint64_t>[]> buckets_;
  std::atomic<double> sum_{0};
};

/// Seconds from 1 ms to 30 s: what most answers take.
std::vector<double> latency_bounds_s();

/// Names and values of labels; the names of one metric are always the same.
using LabelValues = std::vector<std::string>;
/// What a callback reports at scrape time.
struct Sample {
  LabelValues labels;
  double value = 0;
};

/// What is counted under one name: its metrics by label values.
template <class Metric>
class Family {
 public:
  using Make = std::function<std::unique_ptr<Metric>()>;
  Family(std::size_t label_count, Make make) : label_count_(label_count), make_(std::move(make)) {}

  /// The metric of these label values; it lives as long as the family. Takes a lock: keep the reference where it is hot.
  Metric& with(LabelValues values);
  Metric& only() { return with({}); }
  void each(const std::function<void(const LabelValues&, const Metric&)>& visit) const;

 private:
  const std::size_t label_count_;
  const Make make_;
  mutable std::mutex mutex_;
  std::map<LabelValues, std::unique_ptr<Metric>> metrics_;
};

/// The metrics of a process. Names and label names follow Prometheus' grammar, or it is a bug; so is a name made twice with
/// other labels. Thread safe. Families live as long as the registry.
class Metrics {
 public:
  struct Name {
    std::string name;  ///< "remit_payments_submitted_total"
    std::string help;
    std::vector<std::string> labels = {};
  };
  Family<Counter>& counter(Name name);
  Family<Gauge>& gauge(Name name);
  Family<Histogram>& histogram(Name name, std::vector<double> bounds = latency_bounds_s());

  enum class Kind : std::uint8_t { Counter, Gauge, Histogram };
  using Callback = std::function<std::vector<Sample>()>;
  /// For values that somebody else keeps: called at each scrape, on its thread; must be short.
  void at_scrape(Kind kind, Name name, Callback callback);

  /// All of them, sorted by name.
  std::string exposition() const;
  static constexpr std::string_view kContentType = "text/plain; version=0.0.4; charset=utf-8";

 private:
  struct Entry {
    Kind kind;
    Name name;
    std::unique_ptr<Family<Counter>> counters;
    std::unique_ptr<Family<Gauge>> gauges;
    std::unique_ptr<Family<Histogram>> histograms;
    Callback callback;
  };
  Entry& entry(Kind kind, Name name);
  static void print(std::string& out, const Entry& entry);

  mutable std::mutex mutex_;
  std::map<std::string, Entry> entries_;
};

}  // namespace remit::service
