#include "kit/net/server.h"
#include "lab/bank/bank_world_test.h"

#include <mutex>

namespace remit::lab::bank {
namespace {

class EventsApiTest : public BankWorld {
 protected:
  std::string url(std::string_view path) {
    return fmt::format("{}/open-banking/{}{}", bank_->url(), version_, path);
  }
  /// A signed POST or PUT.
  net::HttpResponse write(std::string_view method, std::string_view path,
                          const json::object& body) {
    const std::string text = json::serialize(body);
    net::Headers headers = headers_for(client_token());
    headers.set("Content-Type", "application/json");
    headers.set("x-jws-signature",
                sign_message(text, *key_, sandbox_->tpp_signing_kid, tpp(), clock_.now()));
    return call(*client_, method, url(path), headers, text);
  }
  net::HttpResponse subscribe(const std::string& callback_url = {}) {
    json::object data{{"Version", version_.substr(1)},
                      {"EventTypes", json::array{"UK.OBIE.Resource-Update"}}};
    if (!callback_url.empty()) data["CallbackUrl"] = callback_url;
    return write("POST", "/event-subscriptions", {{"Data", data}});
  }
  net::HttpResponse ask(const json::object& body) {
    net::Headers headers = headers_for(client_token());
    headers.set("Content-Type", "application/json");
    return call(*client_, "POST", url("/events"), headers, json::serialize(body));
  }
  json::object poll(const json::object& body = {{"returnImmediately", true}}) {
    const auto answer = ask(body);
    EXPECT_EQ(answer.status, 200) << answer.body;
    return parse_json_object(answer.body).value_or(json::object());
  }
  /// What waits, once there are so many, or after two seconds.
  json::object sets_of(std::size_t count) {
    json::object sets;
    for (int attempt = 0; attempt < 400; ++attempt) {
      sets = poll().at("sets").as_object();
      if (sets.size() >= count) break;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    EXPECT_EQ(sets.size(), count);
    return sets;
  }
  void draw_for_events(std::string_view fault, int count = 2) {
    const json::object shot{{"call", "event"}, {"fault", fault}, {"count", count}};
    EXPECT_EQ(set("/sandbox/faults", {{"one_shots", json::array{shot}}}).status, 200);
  }
  /// A payment that goes RCVD, ACSP, ACSC: two changes.
  std::string pay() {
    const auto [consent_id, token] = authorised();
    const auto answer = post("/domestic-payments", token, order(consent_id), make_uuid(entropy_));
    EXPECT_EQ(answer.status, 201) << answer.body;
    const std::string id(find_text(data_of(answer), "DomesticPaymentId").value_or(""));
    line_with(id, "ACSC");
    return id;
  }
  Result<json::object> claims_of(const json::value& token) {
    KeySet keys;
    const Bytes pem = *read_file(options_.signing_key_file, 65536);
    const PrivateKey key = *PrivateKey::from_pem(as_text(pem));
    const auto jws = TRY(parse_compact_jws(token.as_string()));
    if (!key.public_key().verify(SignatureAlgorithm::Ps256, as_bytes(jws.signing_input),
                                 jws.signature)) {
      return fail(ErrorCode::Unauthenticated, "jws_signature", "It does not verify.");
    }
    return parse_json_object(jws.payload);
  }
  static std::string resource_of(const json::object& claims) {
    return claims.at("events")
        .at("urn:uk:org:openbanking:events:resource-update")
        .at("subject")
        .at("http://openbanking.org.uk/rid")
        .as_string()
        .c_str();
  }

  std::string version_ = "v4.0";
};

TEST_F(EventsApiTest, KeepsOneSubscriptionAClient) {
  const auto none = call(*client_, "GET", url("/event-subscriptions"), headers_for(client_token()));
  EXPECT_EQ(none.status, 200);
  EXPECT_TRUE(data_of(none).at("EventSubscription").as_array().empty());
  const auto made = subscribe();
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_TRUE(made.headers.find("x-jws-signature"));
  EXPECT_EQ(subscribe().status, 409);
  const std::string id(*find_text(data_of(made), "EventSubscriptionId"));
  const auto wrong = write("PUT", "/event-subscriptions/" + id,
                           {{"Data", json::object{{"EventSubscriptionId", id},
                                                  {"CallbackUrl", "https://shop.example/"},
                                                  {"Version", "4.0"}}}});
  EXPECT_EQ(error_code(wrong), "U002") << wrong.body;
  const std::string path = "/event-subscriptions/" + id;
  const auto removed = call(*client_, "DELETE", url(path), headers_for(client_token()));
  EXPECT_EQ(removed.status, 204) << removed.body;
  EXPECT_EQ(call(*client_, "DELETE", url(path), headers_for(client_token())).status, 400);
}

TEST_F(EventsApiTest, AnOlderVersionDoesNotTouchANewerSubscription) {
  const std::string id(*find_text(data_of(subscribe()), "EventSubscriptionId"));
  version_ = "v3.1";
  const auto answer =
      write("PUT", "/event-subscriptions/" + id,
            {{"Data", json::object{{"EventSubscriptionId", id}, {"Version", "3.1"}}}});
  EXPECT_EQ(error_code(answer), "UK.OBIE.Resource.NotFound") << answer.body;
}

TEST_F(EventsApiTest, WantsASignatureForSubscriptionsAndNoneForPolls) {
  net::Headers headers = headers_for(client_token());
  headers.set("Content-Type", "application/json");
  const std::string body = R"({"Data":{"Version":"4.0"}})";
  EXPECT_EQ(error_code(call(*client_, "POST", url("/event-subscriptions"), headers, body)), "U019");
  headers.set("x-jws-signature", "a..b");
  EXPECT_EQ(error_code(call(*client_, "POST", url("/events"), headers, "{}")), "U020");
  EXPECT_EQ(error_code(ask({{"maxEvents", "all"}})), "U010");
  EXPECT_EQ(error_code(ask({{"unknown", 1}})), "U005");
  EXPECT_EQ(error_code(ask({{"setErrs", json::object{{"x", 1}}}})), "U004");
  EXPECT_EQ(call(*client_, "POST", url("/events"), {}, "{}").status, 401);
}

TEST_F(EventsApiTest, TellsOfChangesToThoseWhoSubscribedUntilTheyAreAcknowledged) {
  pay();
  EXPECT_TRUE(poll().at("sets").as_object().empty());
  ASSERT_EQ(subscribe().status, 201);
  const std::string payment = pay();
  json::array taken;
  for (const auto& [id, token] : sets_of(2)) {
    const auto claims = claims_of(token);
    ASSERT_TRUE(claims) << claims.error().describe();
    EXPECT_EQ(resource_of(*claims), payment);
    EXPECT_EQ(find_text(*claims, "jti"), std::string_view(id));
    EXPECT_EQ(find_text(*claims, "aud"), sandbox_->client_id);
    EXPECT_EQ(find_text(*claims, "iss"), bank_->url());
    taken.emplace_back(id);
  }
  const json::object one = poll({{"maxEvents", 1}});
  EXPECT_EQ(one.at("sets").as_object().size(), 1u);
  EXPECT_TRUE(one.at("moreAvailable").as_bool());
  EXPECT_EQ(poll({{"maxEvents", 0}, {"ack", json::array{taken[0]}}}).at("sets").as_object().size(),
            0u);
  EXPECT_EQ(sets_of(1).size(), 1u);
  const json::object error{{"err", "jwtIss"}, {"description", "Who is that?"}};
  const std::string other = taken[1].as_string().c_str();
  EXPECT_TRUE(poll({{"setErrs", json::object{{other, error}}}}).at("sets").as_object().empty());
  EXPECT_EQ(control("/sandbox/events").at("refused"), (json::array{"jwtIss"}));
}

TEST_F(EventsApiTest, CanLoseRepeatDelayBreakAndInventEvents) {
  ASSERT_EQ(subscribe().status, 201);
  draw_for_events("lost");
  pay();
  EXPECT_TRUE(sets_of(0).empty());
  draw_for_events("duplicate");
  pay();
  json::array taken;
  for (const auto& event : sets_of(2)) taken.emplace_back(event.key());
  EXPECT_EQ(poll({{"ack", taken}}).at("sets").as_object().size(), 2u);
  EXPECT_TRUE(poll({{"ack", taken}}).at("sets").as_object().empty());
  draw_for_events("bad_signature");
  pay();
  for (const auto& event : sets_of(2)) {
    EXPECT_FALSE(claims_of(event.value()));
    taken.emplace_back(event.key());
  }
  draw_for_events("unknown_payment");
  const std::string payment = pay();
  EXPECT_TRUE(poll({{"maxEvents", 0}, {"ack", taken}}).at("moreAvailable").as_bool());
  std::size_t strange = 0;
  for (const auto& event : sets_of(4)) {
    if (resource_of(*claims_of(event.value())) != payment) ++strange;
  }
  EXPECT_EQ(strange, 2u);
}

TEST_F(EventsApiTest, LateEventsComeLater) {
  bank_.reset();
  options_.late_event = std::chrono::milliseconds(300);
  start();
  ASSERT_EQ(subscribe().status, 201);
  draw_for_events("slow");
  pay();
  EXPECT_TRUE(poll().at("sets").as_object().empty());
  sets_of(2);
}

TEST_F(EventsApiTest, PushesUntilItIsTaken) {
  std::mutex mutex;
  std::vector<net::HttpRequest> heard;
  const auto receiver = *net::HttpServer::start(
      {.name = "receiver"}, [&](net::HttpRequest request, net::Responder respond) {
        const std::lock_guard lock(mutex);
        heard.push_back(std::move(request));
        respond({.status = heard.size() == 1 ? 503 : 202, .headers = {}, .body = {}});
      });
  bank_.reset();
  options_.event_retry_delay = std::chrono::milliseconds(10);
  start();
  const std::string there =
      fmt::format("http://127.0.0.1:{}/open-banking/v4.0/event-notifications", receiver->port());
  ASSERT_EQ(subscribe(there).status, 201);
  pay();
  for (int attempt = 0; attempt < 400; ++attempt) {
    if (control("/sandbox/events").at("acknowledged").to_number<int>() == 2) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  const std::lock_guard lock(mutex);
  ASSERT_EQ(heard.size(), 3u);
  EXPECT_EQ(heard[0].path, "/open-banking/v4.0/event-notifications");
  EXPECT_EQ(heard[0].headers.find("Content-Type"), "application/jwt");
  EXPECT_EQ(heard[0].headers.find("x-fapi-financial-id"), options_.organisation_id);
  EXPECT_TRUE(claims_of(json::string(heard[0].body)));
}

}  // namespace
}  // namespace remit::lab::bank
