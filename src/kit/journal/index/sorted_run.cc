#include "kit/journal/index/sorted_run.h"

#include "kit/base/check.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace remit::journal {
namespace {
constexpr int kProbes = 4;
static_assert(std::endian::native == std::endian::little, "runs are stored as they are in memory");
static_assert(sizeof(IndexEntry) == 16);

std::uint64_t probe(std::uint64_t hash, int number) {
  const std::uint64_t step = (hash >> 32U) | 1U;
  return hash + static_cast<std::uint64_t>(number) * step * 0x9E3779B97F4A7C15ULL;
}
}  // namespace

HashFilter::HashFilter(std::size_t hashes) : words_(std::bit_ceil(hashes * 10 / 64 + 1)) {}

void HashFilter::add(std::uint64_t hash) {
  const std::uint64_t mask = words_.size() * 64 - 1;
  for (int i = 0; i < kProbes; ++i) {
    const std::uint64_t bit = probe(hash, i) & mask;
    words_[bit / 64] |= 1ULL << (bit % 64);
  }
}

bool HashFilter::may_contain(std::uint64_t hash) const {
  const std::uint64_t mask = words_.size() * 64 - 1;
  for (int i = 0; i < kProbes; ++i) {
    const std::uint64_t bit = probe(hash, i) & mask;
    if ((words_[bit / 64] & (1ULL << (bit % 64))) == 0) return false;
  }
  return true;
}

Bytes encode_run(std::span<const IndexEntry> sorted) {
  CHECK(std::ranges::is_sorted(sorted), "a run out of order");
  const auto bytes = std::as_bytes(sorted);
  return {bytes.begin(), bytes.end()};
}

std::vector<IndexEntry> decode_run(ByteView bytes) {
  std::vector<IndexEntry> entries(bytes.size() / sizeof(IndexEntry));
  if (!entries.empty()) {
    std::memcpy(entries.data(), bytes.data(), entries.size() * sizeof(IndexEntry));
  }
  return entries;
}

std::vector<IndexEntry> merge_runs(std::vector<std::vector<IndexEntry>> runs) {
  while (runs.size() > 1) {
    std::vector<std::vector<IndexEntry>> merged;
    for (std::size_t i = 0; i + 1 < runs.size(); i += 2) {
      std::vector<IndexEntry> both(runs[i].size() + runs[i + 1].size());
      std::ranges::merge(runs[i], runs[i + 1], both.begin());
      merged.push_back(std::move(both));
    }
    if (runs.size() % 2 == 1) merged.push_back(std::move(runs.back()));
    runs = std::move(merged);
  }
  return runs.empty() ? std::vector<IndexEntry>() : std::move(runs.front());
}

}  // namespace remit::journal
