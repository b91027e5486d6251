#pragma once

#include "kit/flow/record.h"
#include "kit/flow/state.h"

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

namespace remit::flow {

/// Keeps the records of one key in order while different keys run side by side. It knows which keys have a record under way,
/// what waits in memory behind it, and which keys are in trouble as the flow's journalled state says. Plain bookkeeping:
/// no I/O, one thread.
class Lanes {
 public:
  enum class Verdict : std::uint8_t {
    Run,    ///< Handle it now; the key is under way from here on.
    Queue,  ///< Kept in memory behind the record under way.
    Park,   ///< The key is in trouble: journal that the record waits.
    Skip,   ///< Already finished, or already waiting durably.
  };

  /// Starts from the journalled state as of `through`: events of this flow up to there are already in it.
  void load(const FlowState& state, Cursor through);

  /// What to do with a record that was read from the source.
  Verdict admit(const Record& record);
  enum class Due : std::uint8_t {
    Run,    ///< Fetch it and handle it now; the key is under way from here on.
    Defer,  ///< A record of the key is under way: ask again when it is done.
    Skip,   ///< Overtaken: already finished, or scheduled anew.
  };
  /// The event at `at` announced the head of a key in trouble as due.
  Due due(const TypeId& key, Cursor head, Cursor at);
  /// The event at `at` took the key out of trouble.
  void cleared(const TypeId& key, Cursor at);

  /// The record under way is done; returns the next one of the key to handle, which is then under way.
  std::optional<Record> finished(const TypeId& key);
  /// The record under way failed and the key is in trouble from now on; returns what waited in memory, to be parked.
  std::vector<Record> failed(const TypeId& key, Cursor head);

  bool is_under_way(const TypeId& key) const;
  std::size_t under_way() const { return under_way_; }
  std::size_t queued() const { return queued_; }
  std::size_t in_trouble() const { return in_trouble_; }

 private:
  struct Trouble {
    Cursor head;
    Cursor announced_at;       ///< The event that the loaded state knows it to be due by; or 0.
    std::set<Cursor> waiting;  ///< Parked, or about to be.
  };
  struct Key {
    bool under_way = false;
    std::deque<Record> queued;
    std::optional<Trouble> trouble;
  };
  void forget_if_idle(const TypeId& id);

  std::unordered_map<TypeId, Key> keys_;
  Cursor loaded_through_;
  std::size_t under_way_ = 0;
  std::size_t queued_ = 0;
  std::size_t in_trouble_ = 0;
};

}  // namespace remit::flow
