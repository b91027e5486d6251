#include "kit/journal/sqlite/look_ups.h"

#include "kit/base/planted.h"

#include <xxhash.h>

namespace remit::journal {
namespace {

/// One tree per partition, so that one mark says up to where both kinds are durable; the seed keeps the kinds apart.
constexpr std::uint64_t kStreamSeed = 1;
constexpr std::uint64_t kReceiptSeed = 2;

std::uint64_t hash_of(const TypeId& id, std::uint64_t seed) {
  const std::string_view prefix = id.prefix();
  return XXH3_64bits_withSeed(id.uuid().data(), id.uuid().size(),
                              XXH3_64bits_withSeed(prefix.data(), prefix.size(), seed));
}

std::uint64_t hash_of(const StreamId& stream) {
  return hash_of(stream, kStreamSeed);
}

std::uint64_t hash_of(const ClientId& client, std::string_view key) {
  return XXH3_64bits_withSeed(key.data(), key.size(), hash_of(client, kReceiptSeed));
}

}  // namespace

Result<std::unique_ptr<LookUps>> LookUps::open(const std::string& path,
                                               std::size_t memory_entries_max, Host& host,
                                               sqlite::Disk* disk) {
  std::unique_ptr<LookUpIndex> index =
      TRY(LookUpIndex::open(path, {.memory_entries_max = memory_entries_max}, host, disk));
  return std::unique_ptr<LookUps>(new LookUps(std::move(index)));
}

void LookUps::add(PartitionId partition, const Commit& commit) {
  std::vector<IndexEntry> entries;
  entries.reserve(commit.events.size() + commit.receipts.size());
  for (std::size_t i = 0; i < commit.events.size(); ++i) {
    entries.push_back({hash_of(commit.events[i].stream), commit.first_position.value + i});
  }
  for (const Receipt& receipt : commit.receipts) {
    entries.push_back({hash_of(receipt.client, receipt.key), commit.sequence.value});
  }
  index_->add(partition.value, commit.sequence.value, entries);
}

Result<std::vector<Position>> LookUps::positions(PartitionId partition, const StreamId& stream) {
  const auto found = TRY(index_->find(partition.value, hash_of(stream)));
  std::vector<Position> positions;
  for (const std::uint64_t where : found) positions.push_back(Position(where));
  return positions;
}

Result<std::vector<Sequence>> LookUps::commits(PartitionId partition, const ClientId& client,
                                               std::string_view key) {
  const auto found = TRY(index_->find(partition.value, hash_of(client, key)));
  std::vector<Sequence> sequences;
  for (const std::uint64_t where : found) sequences.push_back(Sequence(where));
  return sequences;
}

std::vector<PartitionId> LookUps::partitions() {
  std::vector<PartitionId> found;
  for (const std::uint64_t tree : index_->trees()) found.push_back(PartitionId(tree));
  return found;
}

Sequence LookUps::missing_from(PartitionId partition) {
  const Sequence next(index_->durable_through(partition.value) + 1);
  return planted(Bug::IndexSkipsCommit) ? next.next() : next;
}

Result<void> LookUps::catch_up() {
  return index_->catch_up();
}

}  // namespace remit::journal
