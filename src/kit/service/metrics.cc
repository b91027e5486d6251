#include "kit/service/metrics.h"

#include "kit/base/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace remit::service {
namespace {

bool is_name(std::string_view name, bool colon_allowed) {
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
  return std::ranges::all_of(name, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           (c == ':' && colon_allowed);
  });
}

std::string escape(std::string_view text, bool quotes_too) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\\') {
      escaped += "\\\\";
    } else if (c == '\n') {
      escaped += "\\n";
    } else if (c == '"' && quotes_too) {
      escaped += "\\\"";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

std::string print_value(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  return fmt::format("{}", value);
}

/// `{a="1",le="5"}`, or nothing without labels.
std::string print_labels(const std::vector<std::string>& names, const LabelValues& values,
                         std::string_view le = {}) {
  std::string inner;
  for (std::size_t i = 0; i < names.size(); ++i) {
    inner +=
        fmt::format("{}{}=\"{}\"", inner.empty() ? "" : ",", names[i], escape(values[i], true));
  }
  if (!le.empty()) inner += fmt::format("{}le=\"{}\"", inner.empty() ? "" : ",", le);
  return inner.empty() ? inner : fmt::format("{{{}}}", inner);
}

void print_histogram(std::string& out, const Metrics::Name& name, const LabelValues& values,
                     const Histogram& histogram) {
  std::uint64_t count = 0;
  for (std::size_t i = 0; i <= histogram.bounds().size(); ++i) {
    count += histogram.bucket(i);
    const std::string le =
        i < histogram.bounds().size() ? print_value(histogram.bounds()[i]) : "+Inf";
    out += fmt::format("{}_bucket{} {}\n", name.name, print_labels(name.labels, values, le), count);
  }
  const std::string labels = print_labels(name.labels, values);
  out += fmt::format("{}_sum{} {}\n", name.name, labels, print_value(histogram.sum()));
  // From the buckets rather than a number of its own, so that a scrape never shows the two apart.
  out += fmt::format("{}_count{} {}\n", name.name, labels, count);
}

std::string_view kind_name(Metrics::Kind kind) {
  if (kind == Metrics::Kind::Counter) return "counter";
  return kind == Metrics::Kind::Gauge ? "gauge" : "histogram";
}

}  // namespace

Histogram::Histogram(std::vector<double> bounds)
    : bounds_(std::move(bounds)),
      buckets_(std::make_unique<std::atomic<std::uint64_t>[]>(bounds_.size() + 1)) {
  CHECK(std::ranges::is_sorted(bounds_, std::ranges::less_equal()), "bounds that do not rise");
}

void Histogram::observe(double value) {
  const auto bound = std::ranges::lower_bound(bounds_, value);
  buckets_[static_cast<std::size_t>(bound - bounds_.begin())].fetch_add(1,
                                                                        std::memory_order_relaxed);
  sum_.fetch_add(value, std::memory_order_relaxed);
}

std::vector<double> latency_bounds_s() {
  return {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};
}

template <class Metric>
Metric& Family<Metric>::with(LabelValues values) {
  CHECK(values.size() == label_count_, "{} label values for {}", values.size(), label_count_);
  for (std::string& value : values) {
    if (value.size() > kLabelValueBytesMax) value.resize(kLabelValueBytesMax);
  }
  const std::lock_guard lock(mutex_);
  auto found = metrics_.find(values);
  if (found != metrics_.end()) return *found->second;
  if (metrics_.size() >= kLabelSetsMax) std::ranges::fill(values, "other");
  auto& metric = metrics_[std::move(values)];
  if (!metric) metric = make_();
  return *metric;
}

template <class Metric>
void Family<Metric>::each(
    const std::function<void(const LabelValues&, const Metric&)>& visit) const {
  const std::lock_guard lock(mutex_);
  for (const auto& [values, metric] : metrics_) visit(values, *metric);
}

template class Family<Counter>;
template class Family<Gauge>;
template class Family<Histogram>;

Metrics::Entry& Metrics::entry(Kind kind, Name name) {
  CHECK(is_name(name.name, true), "{} is no name of a metric", name.name);
  for (const auto& label : name.labels) {
    CHECK(is_name(label, false) && label != "le", "{} is no name of a label", label);
  }
  const auto [place, made] = entries_.try_emplace(name.name);
  Entry& entry = place->second;
  if (made) {
    entry.kind = kind;
    entry.name = std::move(name);
    return entry;
  }
  CHECK(entry.kind == kind && entry.name.labels == name.labels, "{} is made twice and differs",
        place->first);
  return entry;
}

Family<Counter>& Metrics::counter(Name name) {
  const std::lock_guard lock(mutex_);
  Entry& made = entry(Kind::Counter, std::move(name));
  CHECK(!made.callback, "{} is read at scrape time", made.name.name);
  if (!made.counters) {
    made.counters = std::make_unique<Family<Counter>>(made.name.labels.size(),
                                                      [] { return std::make_unique<Counter>(); });
  }
  return *made.counters;
}

Family<Gauge>& Metrics::gauge(Name name) {
  const std::lock_guard lock(mutex_);
  Entry& made = entry(Kind::Gauge, std::move(name));
  CHECK(!made.callback, "{} is read at scrape time", made.name.name);
  if (!made.gauges) {
    made.gauges = std::make_unique<Family<Gauge>>(made.name.labels.size(),
                                                  [] { return std::make_unique<Gauge>(); });
  }
  return *made.gauges;
}

Family<Histogram>& Metrics::histogram(Name name, std::vector<double> bounds) {
  const std::lock_guard lock(mutex_);
  Entry& made = entry(Kind::Histogram, std::move(name));
  if (!made.histograms) {
    made.histograms = std::make_unique<Family<Histogram>>(
        made.name.labels.size(),
        [bounds = std::move(bounds)] { return std::make_unique<Histogram>(bounds); });
  }
  return *made.histograms;
}

void Metrics::at_scrape(Kind kind, Name name, Callback callback) {
  CHECK(kind != Kind::Histogram, "{}: a callback reports counters and gauges", name.name);
  const std::lock_guard lock(mutex_);
  Entry& made = entry(kind, std::move(name));
  CHECK(!made.callback && !made.counters && !made.gauges, "{} is made twice", made.name.name);
  made.callback = std::move(callback);
}

void Metrics::print(std::string& out, const Entry& entry) {
  const Name& name = entry.name;
  out += fmt::format("# HELP {} {}\n", name.name, escape(name.help, false));
  out += fmt::format("# TYPE {} {}\n", name.name, kind_name(entry.kind));
  const auto line = [&](const LabelValues& values, const std::string& value) {
    out += fmt::format("{}{} {}\n", name.name, print_labels(name.labels, values), value);
  };
  if (entry.callback) {
    for (const Sample& sample : entry.callback()) {
      CHECK(sample.labels.size() == name.labels.size(), "{}: a sample with {} labels", name.name,
            sample.labels.size());
      line(sample.labels, print_value(sample.value));
    }
  } else if (entry.counters) {
    entry.counters->each([&](const LabelValues& values, const Counter& counter) {
      line(values, fmt::format("{}", counter.value()));
    });
  } else if (entry.gauges) {
    entry.gauges->each([&](const LabelValues& values, const Gauge& gauge) {
      line(values, print_value(gauge.value()));
    });
  } else if (entry.histograms) {
    entry.histograms->each([&](const LabelValues& values, const Histogram& histogram) {
      print_histogram(out, name, values, histogram);
    });
  }
}

std::string Metrics::exposition() const {
  const std::lock_guard lock(mutex_);
  std::string out;
  for (const auto& [name, entry] : entries_) print(out, entry);
  return out;
}

}  // namespace remit::service
