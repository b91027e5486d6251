#pragma once

#include "rails/open_banking_uk/scripted_bank_test.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace remit::rails::open_banking_uk {

/// An event of the scripted bank's, right in everything that is not changed.
struct ScriptedEvent {
  std::string id = "event-1";
  std::string resource = "dp-1";
  std::string type = "domestic-payment";
  Timestamp now{};
  std::map<std::string, std::string> changed{};  ///< Claims and their JSON; "": left out.
  std::vector<jose::Member> header{};
  jose::Signer* signer = bank_key().signer.get();

  ScriptedEvent& with(const std::string& claim, const std::string& json) {
    changed[claim] = json;
    return *this;
  }
  std::string token() const {
    std::map<std::string, std::string> claims{
        {"iss", R"("https://bank")"},
        {"aud", R"("client-1")"},
        {"jti", jose::json_string(id)},
        {"iat", std::to_string(seconds_of(now) - 1)},
        {"toe", std::to_string(seconds_of(now) - 2)},
        {"txn", R"("transaction-1")"},
        {"sub", jose::json_string("https://bank/api/domestic-payments/" + resource)},
        {"events",
         fmt::format(R"({{"urn:uk:org:openbanking:events:resource-update":{{"subject":{{)"
                     R"("subject_type":"http://openbanking.org.uk/rid_http://openbanking.)"
                     R"(org.uk/rty","http://openbanking.org.uk/rid":"{}",)"
                     R"("http://openbanking.org.uk/rty":"{}","http://openbanking.org.uk/)"
                     R"(rlk":[{{"version":"v4.0","link":"https://bank/api/{}"}}]}}}}}})",
                     resource, type, resource)}};
    for (const auto& [name, json] : changed) claims[name] = json;
    std::string payload = "{";
    for (const auto& [name, json] : claims) {
      if (json.empty()) continue;
      payload +=
          fmt::format("{}{}:{}", payload.size() > 1 ? "," : "", jose::json_string(name), json);
    }
    return *jose::sign_compact(*signer, header, payload + "}");
  }
};

}  // namespace remit::rails::open_banking_uk
