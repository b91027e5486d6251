#include "app/api_routes.h"
#include "app/served_api_test.h"

#include <gmock/gmock.h>

#include <map>
#include <set>
#include <thread>

/// Every operation of the OpenAPI document, asked without a key, with each scope alone, and by another client. The document
/// is what says which there are, so an operation that is new is asked as well.
namespace remit::app {
namespace {

using testing::HasSubstr;
using testing::Not;

struct Asked {
  std::string id;
  std::string method;
  std::string path;
  std::string scope;    ///< Empty: for anybody.
  std::string example;  ///< Of the body; empty: none.
  std::vector<std::string> query;
};

std::string text_of(const codec::JsonNode& node) {
  codec::JsonWriter writer;
  codec::write_node(writer, node);
  return writer.take();
}

Asked asked_in(const std::string& path, const codec::JsonNode& operation) {
  Asked asked{.id = text_at(operation, "operationId"), .path = path};
  asked.method = operation.key;
  for (char& c : asked.method) c = static_cast<char>(std::toupper(c));
  if (const auto* security = operation.find("security"); security->count > 0) {
    asked.scope = security->first()->find("api_key")->first()->text;
  }
  if (const auto* body = operation.find("requestBody")) {
    asked.example = text_of(*body->find("content")->find("application/json")->find("example"));
  }
  if (const auto* parameters = operation.find("parameters")) {
    const codec::JsonNode* one = parameters->first();
    for (std::uint32_t i = 0; i < parameters->count; ++i, one = one->next()) {
      if (text_at(*one, "in") == "query") asked.query.push_back(text_at(*one, "name"));
    }
  }
  return asked;
}

class Isolation : public ServedApi {
 protected:
  static const std::vector<Asked>& operations() {
    static const std::vector<Asked> all = [] {
      std::vector<Asked> found;
      const auto document =
          *codec::JsonDocument::parse(ApiDescription().openapi(), {.members_max = 1'000'000});
      const codec::JsonNode& paths = *document.root().find("paths");
      const codec::JsonNode* path = paths.first();
      for (std::uint32_t i = 0; i < paths.count; ++i, path = path->next()) {
        const codec::JsonNode* one = path->first();
        for (std::uint32_t j = 0; j < path->count; ++j, one = one->next()) {
          found.push_back(asked_in(std::string(path->key), *one));
        }
      }
      return found;
    }();
    return all;
  }
  static std::set<std::string> scopes() {
    std::set<std::string> all;
    for (const Asked& asked : operations()) {
      if (!asked.scope.empty()) all.insert(asked.scope);
    }
    return all;
  }

  /// The id that the document shows of each kind; of accounts it shows two.
  static std::string shown(const std::string& kind) {
    return kind == "acc2" ? "acc_01h455vb4pex5vsknk084sn02r" : kind + "_01h455vb4pex5vsknk084sn02q";
  }

  /// With the ids of these entities wherever the document shows one.
  net::ClientRequest request_for(const Asked& asked, const std::string& key,
                                 const std::map<std::string, std::string>& ids) {
    std::string path = asked.path;
    std::string body = asked.example;
    if (const std::size_t at = path.find("{id}"); at != std::string::npos) {
      path.replace(at, 4, ids.at(shown(kind_of(asked))));
    }
    for (const auto& [example, id] : ids) {
      for (std::size_t at = body.find(example); at != std::string::npos; at = body.find(example)) {
        body.replace(at, id.size(), id);
      }
    }
    net::ClientRequest made{
        .method = asked.method, .url = server_->url() + path, .body = std::move(body)};
    if (!key.empty()) made.headers.add("Authorization", "Bearer " + key);
    if (asked.method == "POST") {
      made.headers.add("Idempotency-Key", fmt::format("isolation-{}", ++last_key_));
    }
    if (!made.body.empty()) made.headers.add("Content-Type", "application/json");
    return made;
  }

  /// The prefix of the ids in its path, by what the document says of them.
  static std::string kind_of(const Asked& asked) {
    static const std::map<std::string, std::string> kinds = {{"/v1/payments", "pay"},
                                                             {"/v1/accounts", "acc"},
                                                             {"/v1/transfers", "trf"},
                                                             {"/v1/webhook_endpoints", "whe"},
                                                             {"/v1/webhook_deliveries", "whd"},
                                                             {"/v1/events", "evt"},
                                                             {"/v1/payee_verifications", "pvf"},
                                                             {"/v1/payers", "payer"}};
    const auto kind = kinds.find(asked.path.substr(0, asked.path.find("/{")));
    EXPECT_TRUE(kind != kinds.end()) << asked.path << ": say here which entity it names";
    return kind == kinds.end() ? "" : kind->second;
  }

  /// One entity of each kind, by the id that the document shows instead.
  std::map<std::string, std::string> make_entities() {
    const auto made_by = [this](const std::string& path, const std::string& body) {
      const Answer made = call("POST", path, body);
      EXPECT_EQ(made.status, 201) << made.response.body;
      return made;
    };
    std::map<std::string, std::string> ids;
    ids[shown("whe")] =
        made_by("/v1/webhook_endpoints", R"({"url":"https://shop.example/"})").text("id");
    const std::string account = R"({"name":"mine","type":"asset","currency":"GBP"})";
    ids[shown("acc")] = made_by("/v1/accounts", account).text("id");
    ids[shown("acc2")] = made_by("/v1/accounts", account).text("id");
    const Answer moved = made_by(
        "/v1/transfers",
        fmt::format(R"({{"transfers":[{{"debit_account":"{}","credit_account":"{}","pending":true,)"
                    R"("amount":{{"amount":1,"currency":"GBP"}}}}]}})",
                    ids[shown("acc")], ids[shown("acc2")]));
    ids[shown("trf")] = moved.response.body.substr(moved.response.body.find("trf_"), 30);
    for (const Asked& asked : operations()) {
      if (asked.id == "create_payment") {
        const Answer payment = made_by(asked.path, asked.example);
        ids[shown("pay")] = payment.text("id");
        ids[shown("payer")] = payment.text("payer_id");
      }
      if (asked.id == "verify_payee")
        ids[shown("pvf")] = made_by(asked.path, asked.example).text("id");
    }
    ids[shown("evt")] = first_id("/v1/events?subject=" + ids[shown("acc")], "evt");
    ids[shown("whd")] =
        first_id("/v1/webhook_endpoints/" + ids[shown("whe")] + "/deliveries", "whd");
    return ids;
  }
  /// Of a list that follows.
  std::string first_id(const std::string& path, const std::string& kind) {
    for (int i = 0; i < 400; ++i) {
      const std::string listed = call("GET", path).response.body;
      const std::size_t at = listed.find('"' + kind + '_');
      if (at != std::string::npos) return listed.substr(at + 1, kind.size() + 27);
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    ADD_FAILURE() << path << " shows no " << kind;
    return kind + "_01h455vb4pex5vsknk084sn02q";
  }

  /// All that the client can read by these ids. A delivery goes on being tried meanwhile, so it is not looked at.
  std::map<std::string, std::string> seen(const std::map<std::string, std::string>& ids) {
    std::map<std::string, std::string> found;
    for (const Asked& asked : operations()) {
      if (asked.method != "GET" || !asked.path.ends_with("{id}")) continue;
      if (kind_of(asked) == "whd") continue;
      const Answer answer = send(request_for(asked, key_, ids));
      EXPECT_EQ(answer.status, 200) << asked.id << answer.response.body;
      found[asked.id] = answer.response.body;
    }
    return found;
  }
  void expect_problem(const Answer& answer, int status, std::string_view code,
                      const std::string& what) {
    EXPECT_EQ(answer.status, status) << what << "\n" << answer.response.body;
    EXPECT_EQ(answer.text("code"), code) << what << "\n" << answer.response.body;
    EXPECT_EQ(answer.header("Content-Type"), "application/problem+json") << what;
  }
};

TEST_F(Isolation, EachOperationOpensByItsOwnScopeAndNoOther) {
  const auto ids = make_entities();
  const auto before = seen(ids);
  for (const std::string& scope : scopes()) {
    const std::string key = make_key(client_, fmt::format(R"({{"scopes":["{}"]}})", scope));
    for (const Asked& asked : operations()) {
      if (asked.scope.empty() || asked.scope == scope) continue;
      expect_problem(send(request_for(asked, key, ids)), 403, "scope_missing",
                     fmt::format("{} with {}", asked.id, scope));
    }
  }
  for (const Asked& asked : operations()) {
    const Answer answer = send(request_for(asked, "", ids));
    if (asked.scope.empty()) {
      EXPECT_EQ(answer.status, 200) << asked.id;
    } else {
      expect_problem(answer, 401, "api_key_missing", asked.id);
    }
  }
  EXPECT_EQ(seen(ids), before);
}

TEST_F(Isolation, TheScopeOfAnOperationOpensIt) {
  const auto ids = make_entities();
  std::map<std::string, std::string> keys;
  for (const std::string& scope : scopes()) {
    keys[scope] = make_key(client_, fmt::format(R"({{"scopes":["{}"]}})", scope));
  }
  for (const Asked& asked : operations()) {
    if (asked.scope.empty() || asked.method == "DELETE") continue;
    const Answer answer = send(request_for(asked, keys[asked.scope], ids));
    EXPECT_TRUE(answer.status != 401 && answer.status != 403 && answer.status != 404)
        << asked.id << " " << answer.response.body;
  }
}

TEST_F(Isolation, WhatIsAnotherClientsIsAsIfThereWereNone) {
  const auto ids = make_entities();
  const auto before = seen(ids);
  for (const Asked& asked : operations()) {
    if (asked.scope.empty()) continue;
    const auto made = request_for(asked, other_key_, ids);
    bool named = asked.path.contains("{id}");
    for (const auto& [kind, id] : ids) named = named || made.body.contains(id);
    const Answer answer = send(made);
    if (named) {
      EXPECT_EQ(answer.status, 404) << asked.id << "\n" << answer.response.body;
      EXPECT_THAT(answer.text("code"), testing::EndsWith("_not_found")) << asked.id;
      continue;
    }
    for (const auto& [kind, id] : ids) {
      EXPECT_THAT(answer.response.body, Not(HasSubstr(id))) << asked.id;
    }
  }
  EXPECT_EQ(seen(ids), before);
}

TEST_F(Isolation, NoFilterOfAListShowsWhatIsAnotherClients) {
  const auto ids = make_entities();
  for (const Asked& asked : operations()) {
    if (asked.method != "GET" || asked.path.contains("{id}")) continue;
    for (const std::string& name : asked.query) {
      for (const auto& [kind, filter] : ids) {
        auto made = request_for(asked, other_key_, ids);
        made.url += fmt::format("?{}={}", name, filter);
        const Answer answer = send(made);
        if (answer.status != 200) continue;
        for (const auto& [any, id] : ids) {
          EXPECT_THAT(answer.response.body, Not(HasSubstr(id))) << made.url;
        }
      }
    }
  }
}

}  // namespace
}  // namespace remit::app
