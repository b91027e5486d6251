#pragma once

#include "lab/sim/world.h"
#include "pay/payments/payment.h"

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace remit::lab::sim {

/// One request of a client for a payment or a refund, repeated under its key until it is answered for good.
struct Request {
  std::string key;  ///< Also the payment's reference, so that the books can be searched for it.
  std::int64_t pence = 0;
  TypeId refund_of;  ///< Empty: a payer's payment.
  TypeId
      payer;  ///< The known one that it names; empty: a new one with each try, as the edge makes them.
  bool under_way = false;
  bool receipted = false;         ///< The journal had an answer when it was sent last.
  std::uint64_t sent_behind = 0;  ///< So many crashes, when it was sent first.
  TypeId acknowledged;            ///< The payment that the client was told of.
  std::string refused;            ///< Why, for good.
  bool answered() const { return !acknowledged.empty() || !refused.empty(); }
};

/// Those who act on the server from outside: a client with its receiver of webhooks, its payers with their browsers, its
/// bookkeeper, and an operator. They remember what they were told, for the invariants.
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
  /// Commands that were answered as refused, of which nothing may be found: not done, and not to be done any more.
  const std::set<TypeId>& refused() const { return refused_; }
  /// Commands of which the journal was seen to have an event.
  const std::set<TypeId>& done() const { return done_; }
  /// The first answer that contradicts what was told before, if one does (answers_stay_true).
  const std::optional<std::string>& contradiction() const { return contradiction_; }
  const ClientId& client() const { return client_; }
  /// Where the client's events are delivered; empty until it is told so.
  const TypeId& endpoint() const { return endpoint_; }
  /// Subjects of whose events one was given up: what was asked for afterwards comes out of order.
  const std::set<std::string>& given_up() const { return given_up_; }

 private:
  void send(std::size_t which);
  void send_refund(std::size_t which);
  void ask_for_refund();
  void heard(std::size_t which, Result<engine::Answered> answer);
  bool find_receipt(const Request& request);
  void open_endpoint();
  void cancel();
  void forget_somebody();
  TypeId payer_of(const Request& request);
  template <class T>
  codec::Sealed<T> sealed_for(const TypeId& payer, const T& value);
  void keep_books();
  void go_to_bank(const TypeId& payment, const std::string& url);
  void come_back(std::string_view location);
  void approve(std::string state, std::string code, std::string id_token, int tries);
  void redrive(const TypeId& letter);
  void resolve_by_hand(const TypeId& payment);
  void note(const journal::Event& event);
  void note_rare(const journal::Event& event);
  engine::CommandContext context_of(const Request& request);
  payments::CreatePayment payment_of(const Request& request);
  template <engine::Command C>
  void submit(const ClientId& client, C command, engine::CommandCallback done = [](auto) {});
  template <engine::Command C>
  void submit(engine::Engine& reached, engine::CommandContext context, C command,
              engine::CommandCallback done);

  World& world_;
  const std::size_t payments_max_;
  ClientId client_{"cli", {1}};
  std::unique_ptr<net::HttpClient> browser_;
  std::vector<Request> requests_;
  TypeId endpoint_;
  std::string endpoint_secret_;
  bool endpoint_under_way_ = false;
  std::vector<TypeId> accounts_;
  std::vector<TypeId> transfers_;
  std::vector<TypeId> letters_;
  std::set<TypeId> stuck_;
  std::set<TypeId> refundable_;
  std::vector<TypeId> payers_;
  std::map<TypeId, TypeId> payer_of_;                            ///< By payment.
  std::map<std::string, TypeId, std::less<>> payer_waited_for_;  ///< By the state of the consent.
  std::map<TypeId, int> tries_at_bank_;
  std::map<TypeId, std::string> unknown_since_;  ///< Payments whose outcome is unknown, and why.
  std::set<std::string> parked_;                 ///< Flows and keys behind which something waits.
  std::map<TypeId, std::string> letter_keys_;    ///< Flow and key of each dead letter.
  std::set<std::string> given_up_;
  std::set<TypeId> refused_;
  std::set<TypeId> done_;
  std::map<std::string, std::uint64_t, std::less<>> seen_;
  journal::Position observed_;
  std::optional<std::string> contradiction_;
};

}  // namespace remit::lab::sim
