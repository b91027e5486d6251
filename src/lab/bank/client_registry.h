#pragma once

#include "kit/base/result.h"
#include "lab/bank/bank_options.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace remit::lab::bank {

/// For the bank's log. The keys are a JWKS.
json::object to_json(const RegisteredClient& client);
/// Fails with Corrupt `bank_log_corrupt`.
Result<RegisteredClient> registered_client_from_json(const json::object& record);

/// The clients that the bank knows: those that it began with, and those that registered themselves. A client stays where it
/// is once it was found, also when it is changed or removed, since a payer's page may still show it.
class ClientRegistry {
 public:
  explicit ClientRegistry(const std::vector<RegisteredClient>& first);

  /// nullptr for one that is unknown or was removed.
  const RegisteredClient* find(std::string_view client_id) const;
  /// Adds it, or changes the one of the same id.
  const RegisteredClient& keep(RegisteredClient client);
  void remove(std::string_view client_id);
  /// By their ids.
  std::vector<const RegisteredClient*> all() const;

 private:
  struct Entry {
    RegisteredClient client;
    bool removed = false;
  };
  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace remit::lab::bank
