#pragma once

#include "lab/sim/world.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace remit::lab::sim {

/// One request of a client for a payment, repeated under its key until it is answered for good.
struct Request {
  std::string key;  ///< Also the payment's reference, so that the books can be searched for it.
  std::int64_t pence = 0;
  bool under_way = false;
  bool receipted = false;  ///< The journal had an answer when it was sent last.
  TypeId acknowledged;     ///< The payment that the client was told of.
  std::string refused;     ///< Why, for good.
  bool answered() const { return !acknowledged.empty() || !refused.empty(); }
};

/// Those who act on the server from outside: a client, its payers, its bookkeeper, the bank's webhooks and an operator. They
/// remember what they were told, for the invariants.
class People {
 public:
  People(World& world, std::size_t payments_max);

  /// Somebody does something.
  void act();
  /// Takes notice of what happened since: payers see their consents, the operator the dead letters.
  void observe();
  /// The operator and the client finish what is open, after the world has healed.
  void finish_up();

  const std::vector<Request>& requests() const { return requests_; }
  /// How often each type of event was seen.
  const std::map<std::string, std::uint64_t, std::less<>>& seen() const { return seen_; }
  /// What somebody was told that contradicts what he was told before; empty when nothing does.
  const std::string& contradiction() const { return contradiction_; }
  const ClientId& client() const { return client_; }

 private:
  void send(std::size_t which);
  void heard(std::size_t which, Result<engine::Answered> answer);
  bool has_receipt(const Request& request);
  void cancel();
  void keep_books();
  void return_from_bank(const std::string& state);
  void approve(std::string state, bool refuses, int tries);
  void webhook(const TypeId& payment, const rails::StatusReport& report);
  void redrive(const TypeId& letter);
  void resolve_by_hand(const TypeId& payment);
  template <engine::Command C>
  void submit(const ClientId& client, C command, engine::CommandCallback done = [](auto) {});

  World& world_;
  const std::size_t payments_max_;
  ClientId client_{"cli", {1}};
  std::vector<Request> requests_;
  std::vector<TypeId> accounts_;
  std::vector<TypeId> transfers_;
  std::vector<TypeId> letters_;
  std::vector<TypeId> stuck_;
  std::map<std::string, std::uint64_t, std::less<>> seen_;
  journal::Position observed_;
  std::string contradiction_;
};

}  // namespace remit::lab::sim
