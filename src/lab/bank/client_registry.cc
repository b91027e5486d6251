#include "lab/bank/client_registry.h"

namespace remit::lab::bank {

json::object to_json(const RegisteredClient& client) {
  json::array redirect_uris;
  for (const std::string& uri : client.redirect_uris) redirect_uris.emplace_back(uri);
  return {{"client_id", client.client_id},
          {"name", client.name},
          {"signing_keys", client.signing_keys.to_jwks()},
          {"redirect_uris", std::move(redirect_uris)},
          {"certificate_thumbprint", client.certificate_thumbprint},
          {"signature_issuer", client.signature_issuer},
          {"certificate_subject", client.certificate_subject},
          {"metadata", client.metadata}};
}

Result<RegisteredClient> registered_client_from_json(const json::object& record) {
  const auto text = [&](std::string_view name) {
    return std::string(find_text(record, name).value_or(""));
  };
  const json::object* keys = find_object(record, "signing_keys");
  const json::object* metadata = find_object(record, "metadata");
  const json::value* uris = record.if_contains("redirect_uris");
  auto parsed = KeySet::parse(keys == nullptr ? "" : json::serialize(*keys));
  if (text("client_id").empty() || !parsed || metadata == nullptr || uris == nullptr ||
      !uris->is_array()) {
    return fail(ErrorCode::Corrupt, "bank_log_corrupt",
                "A client of the log lacks a part; move the file away.");
  }
  RegisteredClient client{.client_id = text("client_id"),
                          .name = text("name"),
                          .signing_keys = *std::move(parsed),
                          .redirect_uris = {},
                          .certificate_thumbprint = text("certificate_thumbprint"),
                          .signature_issuer = text("signature_issuer"),
                          .certificate_subject = text("certificate_subject"),
                          .metadata = *metadata};
  for (const json::value& uri : uris->get_array()) {
    if (uri.is_string()) client.redirect_uris.emplace_back(uri.get_string());
  }
  return client;
}

ClientRegistry::ClientRegistry(const std::vector<RegisteredClient>& first) {
  for (const RegisteredClient& client : first) keep(client);
}

const RegisteredClient* ClientRegistry::find(std::string_view client_id) const {
  const auto found = entries_.find(client_id);
  return found == entries_.end() || found->second.removed ? nullptr : &found->second.client;
}

const RegisteredClient& ClientRegistry::keep(RegisteredClient client) {
  Entry& entry = entries_[client.client_id];
  entry = {std::move(client), false};
  return entry.client;
}

void ClientRegistry::remove(std::string_view client_id) {
  const auto found = entries_.find(client_id);
  if (found != entries_.end()) found->second.removed = true;
}

std::vector<const RegisteredClient*> ClientRegistry::all() const {
  std::vector<const RegisteredClient*> clients;
  for (const auto& [id, entry] : entries_) {
    if (!entry.removed) clients.push_back(&entry.client);
  }
  return clients;
}

}  // namespace remit::lab::bank
