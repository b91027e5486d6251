#pragma once

#include "kit/journal/journal.h"

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace remit::engine {

/// Finds what was answered under a key: staged and recent receipts in memory, older ones in the journal's index. A receipt
/// counts until `retention` of journal time has passed, wherever it is found, so that every replay decides alike.
class Receipts {
 public:
  Receipts(journal::Journal& journal, journal::PartitionId partition, Duration retention,
           std::size_t recent_max)
      : journal_(journal), partition_(partition), retention_(retention), recent_max_(recent_max) {}

  Result<std::optional<journal::Receipt>> find(const ClientId& client, std::string_view key,
                                               Timestamp now);
  /// Staged in this commit; kept at least until that is durable.
  void add(journal::Sequence sequence, journal::Receipt receipt);
  void durable(journal::Sequence sequence);

 private:
  struct KeyView {
    ClientId client;
    std::string_view key;
  };
  struct Key {
    ClientId client;
    std::string key;
    operator KeyView() const { return {client, key}; }
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(const KeyView& view) const {
      return view.client.hash() ^ std::hash<std::string_view>()(view.key);
    }
  };
  struct Equal {
    using is_transparent = void;
    bool operator()(const KeyView& left, const KeyView& right) const {
      return left.client == right.client && left.key == right.key;
    }
  };
  struct Recent {
    journal::Sequence sequence;
    journal::Receipt receipt;
  };
  struct Added {
    journal::Sequence sequence;
    Key key;
  };

  journal::Journal& journal_;
  const journal::PartitionId partition_;
  const Duration retention_;
  const std::size_t recent_max_;
  std::unordered_map<Key, Recent, Hash, Equal> recent_;
  std::deque<Added> order_;
};

}  // namespace remit::engine
