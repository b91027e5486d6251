#pragma once

#include "kit/base/bytes.h"

#include <cstdint>
#include <span>
#include <vector>

namespace remit::journal {

/// One thing that look-ups find: a 64-bit hash of what is looked for, and where it is. Several entries may have one hash;
/// whoever looks checks what it finds.
struct IndexEntry {
  std::uint64_t hash = 0;
  std::uint64_t where = 0;
  auto operator<=>(const IndexEntry&) const = default;
};

/// A filter that says "certainly not" for most hashes that were not added: ten bits a hash, four probes, about one in a
/// hundred passes in vain.
class HashFilter {
 public:
  explicit HashFilter(std::size_t hashes);
  void add(std::uint64_t hash);
  bool may_contain(std::uint64_t hash) const;
  std::size_t bytes() const { return words_.size() * sizeof(std::uint64_t); }

 private:
  std::vector<std::uint64_t> words_;
};

/// Entries in order, as bytes on a disk: 16 bytes each, little-endian.
Bytes encode_run(std::span<const IndexEntry> sorted);
std::vector<IndexEntry> decode_run(ByteView bytes);

/// Merges sorted lists into one.
std::vector<IndexEntry> merge_runs(std::vector<std::vector<IndexEntry>> runs);

}  // namespace remit::journal
