#pragma once

#include "kit/base/check.h"
#include "kit/base/durable_file.h"
#include "kit/net/curl_client.h"
#include "lab/bank/bank.h"
#include "lab/bank/jws.h"
#include "lab/bank/message_signature.h"
#include "lab/bank/sandbox.h"
#include "lab/bank/url.h"
#include "lab/bank/uuid.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <thread>
#include <unistd.h>

namespace remit::lab::bank {

/// A bank on loopback and a third party that talks to it over mutual TLS.
class BankWorld : public testing::Test {
 protected:
  static constexpr std::string_view kRedirect = "https://shop.example/back";
  static constexpr std::string_view kPisp = "/open-banking/v4.0/pisp";

  /// Keys take long to make: one sandbox serves every test of the program.
  struct SharedSandbox {
    SharedSandbox() {
      SystemClock clock;
      auto made = write_sandbox(directory, {std::string(kRedirect)}, clock.now());
      CHECK(made.has_value(), "{}", made.error().describe());
      sandbox = *std::move(made);
    }
    ~SharedSandbox() { std::filesystem::remove_all(directory); }
    std::string directory =
        std::filesystem::temp_directory_path() / fmt::format("remit-bank-{}", getpid());
    Sandbox sandbox;
  };
  static const SharedSandbox& shared() {
    static const SharedSandbox made;
    return made;
  }

  void SetUp() override {
    options_ = sandbox_->options;
    options_.automatic_payer = true;
    options_.received_to_in_process = std::chrono::milliseconds(1);
    options_.in_process_to_completed = std::chrono::milliseconds(1);
    options_.slow_answer = std::chrono::milliseconds(50);
    options_.silence = std::chrono::seconds(1);
    const Bytes pem = *read_file(sandbox_->pki.tpp_signing_key(), 65536);
    key_.emplace(*PrivateKey::from_pem(as_text(pem)));
    start();
    net::CurlClientOptions client;
    client.tls = net::TlsFiles{sandbox_->pki.transport_certificate(), sandbox_->pki.transport_key(),
                               sandbox_->pki.authority_certificate()};
    client_ = *net::CurlClient::start(client);
    client.tls = net::TlsFiles{{}, {}, sandbox_->pki.authority_certificate()};
    bare_client_ = *net::CurlClient::start(client);
  }

  void start() {
    auto started = Bank::start(options_, *host_, entropy_);
    ASSERT_TRUE(started.has_value()) << started.error().describe();
    bank_ = *std::move(started);
  }

  net::HttpResponse call(net::HttpClient& client, std::string_view method, std::string url,
                         net::Headers headers = {}, std::string body = {}) {
    auto answer =
        net::send_and_wait(client, {.method = std::string(method),
                                    .url = std::move(url),
                                    .headers = std::move(headers),
                                    .body = std::move(body),
                                    .options = {.total_timeout = std::chrono::milliseconds(800)}});
    if (!answer) return {.status = 0, .headers = {}, .body = answer.error().describe()};
    return *std::move(answer);
  }

  /// Claims of a client assertion, right in everything.
  json::object assertion() {
    const std::int64_t now = numeric_date(clock_.now());
    return {{"iss", sandbox_->client_id},
            {"sub", sandbox_->client_id},
            {"aud", bank_->url() + "/token"},
            {"exp", now + 60},
            {"iat", now},
            {"jti", make_uuid(entropy_)}};
  }
  net::HttpResponse ask_token(Form form, const json::object& claims, net::HttpClient& client) {
    form.add("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    form.add("client_assertion", sign_jwt(claims, *key_, sandbox_->tpp_signing_kid));
    net::Headers headers;
    headers.set("Content-Type", "application/x-www-form-urlencoded");
    return call(client, "POST", bank_->url() + "/token", headers, form.encode());
  }
  std::string client_token(const std::string& scope = "payments") {
    Form form;
    form.add("grant_type", "client_credentials");
    form.add("scope", scope);
    return text_in(ask_token(form, assertion(), *client_), "access_token");
  }
  net::HttpResponse exchange(const std::string& code) {
    Form form;
    form.add("grant_type", "authorization_code");
    form.add("code", code);
    form.add("redirect_uri", std::string(kRedirect));
    return ask_token(form, assertion(), *client_);
  }

  static std::string text_in(const net::HttpResponse& response, std::string_view name) {
    const auto body = parse_json_object(response.body);
    return body ? std::string(find_text(*body, name).value_or("")) : std::string();
  }
  static json::object data_of(const net::HttpResponse& response) {
    const auto body = parse_json_object(response.body);
    const json::object* data = body ? find_object(*body, "Data") : nullptr;
    return data == nullptr ? json::object() : *data;
  }
  static std::string error_code(const net::HttpResponse& response) {
    const auto body = parse_json_object(response.body);
    if (!body || !body->contains("Errors")) return {};
    return body->at("Errors").at(0).at("ErrorCode").as_string().c_str();
  }

  json::object initiation(std::string_view amount = "12.50") {
    return {{"InstructionIdentification", "I-1"},
            {"EndToEndIdentification", "E-1"},
            {"InstructedAmount", json::object{{"Amount", amount}, {"Currency", "GBP"}}},
            {"CreditorAccount", json::object{{"SchemeName", "UK.OBIE.SortCodeAccountNumber"},
                                             {"Identification", "08080021325698"},
                                             {"Name", "Shop Ltd"}}}};
  }
  json::object staged(std::string_view amount = "12.50") {
    return {
        {"Data", json::object{{"ReadRefundAccount", "Yes"}, {"Initiation", initiation(amount)}}},
        {"Risk", json::object{{"PaymentContextCode", "TransferToThirdParty"}}}};
  }
  json::object order(const std::string& consent_id, std::string_view amount = "12.50") {
    return {{"Data", json::object{{"ConsentId", consent_id}, {"Initiation", initiation(amount)}}},
            {"Risk", json::object{{"PaymentContextCode", "TransferToThirdParty"}}}};
  }

  MessageParty tpp() const { return {sandbox_->signature_issuer, "openbanking.org.uk"}; }
  net::Headers headers_for(const std::string& token) {
    net::Headers headers;
    headers.set("Authorization", "Bearer " + token);
    headers.set("x-fapi-interaction-id", "93bac548-d2de-4546-b106-880a5018460d");
    return headers;
  }
  net::HttpResponse post(std::string_view path, const std::string& token, const json::object& body,
                         const std::string& key) {
    const std::string text = json::serialize(body);
    net::Headers headers = headers_for(token);
    headers.set("Content-Type", "application/json");
    headers.set("x-idempotency-key", key);
    headers.set("x-jws-signature",
                sign_message(text, *key_, sandbox_->tpp_signing_kid, tpp(), clock_.now()));
    return call(*client_, "POST", fmt::format("{}{}{}", bank_->url(), pisp_, path), headers, text);
  }
  net::HttpResponse get(std::string_view path, const std::string& token) {
    return call(*client_, "GET", fmt::format("{}{}{}", bank_->url(), pisp_, path),
                headers_for(token));
  }

  json::object request_claims(const std::string& consent_id) {
    const std::int64_t now = numeric_date(clock_.now());
    const json::object intent{{"value", consent_id}, {"essential", true}};
    const json::object acr{{"value", "urn:openbanking:psd2:sca"}, {"essential", true}};
    return {{"iss", sandbox_->client_id},
            {"aud", bank_->url()},
            {"client_id", sandbox_->client_id},
            {"response_type", "code id_token"},
            {"scope", "openid payments"},
            {"redirect_uri", kRedirect},
            {"state", "the state"},
            {"nonce", "the nonce"},
            {"nbf", now},
            {"exp", now + 300},
            {"claims", json::object{{"id_token", json::object{{"openbanking_intent_id", intent},
                                                              {"acr", acr}}}}}};
  }
  std::string authorisation_url(const json::object& claims) {
    Form query;
    query.add("client_id", sandbox_->client_id);
    query.add("response_type", "code id_token");
    query.add("scope", "openid payments");
    query.add("request", sign_jwt(claims, *key_, sandbox_->tpp_signing_kid));
    return fmt::format("{}/authorize?{}", bank_->url(), query.encode());
  }
  /// What comes back to the shop in the fragment.
  static Form fragment_of(const net::HttpResponse& response) {
    const std::string_view location = response.headers.find("Location").value_or("");
    EXPECT_TRUE(location.starts_with(fmt::format("{}#", kRedirect))) << response.body;
    return *Form::parse(location.substr(std::min(location.find('#') + 1, location.size())));
  }
  std::string stage_consent(std::string_view amount = "12.50") {
    const auto answer =
        post("/domestic-payment-consents", client_token(), staged(amount), make_uuid(entropy_));
    EXPECT_EQ(answer.status, 201) << answer.body;
    return std::string(find_text(data_of(answer), "ConsentId").value_or(""));
  }
  std::string authorise_consent(const std::string& consent_id) {
    const auto answer = call(*bare_client_, "GET", authorisation_url(request_claims(consent_id)));
    EXPECT_EQ(answer.status, 302);
    return fragment_of(answer).find("code").value_or("");
  }
  /// A token of the payer's for a new consent.
  std::pair<std::string, std::string> authorised(std::string_view amount = "12.50") {
    const std::string consent_id = stage_consent(amount);
    const auto answer = exchange(authorise_consent(consent_id));
    EXPECT_EQ(answer.status, 200) << answer.body;
    return {consent_id, text_in(answer, "access_token")};
  }
  json::object control(std::string_view path) {
    const auto answer = call(*bare_client_, "GET", bank_->control_url() + std::string(path));
    return parse_json_object(answer.body).value_or(json::object());
  }
  net::HttpResponse set(std::string_view path, const json::object& body) {
    net::Headers headers;
    headers.set("Content-Type", "application/json");
    return call(*bare_client_, "POST", bank_->control_url() + std::string(path), headers,
                json::serialize(body));
  }
  void fail_next(std::string_view call_kind, std::string_view fault) {
    const json::object shot{{"call", call_kind}, {"fault", fault}};
    EXPECT_EQ(set("/sandbox/faults", {{"one_shots", json::array{shot}}}).status, 200);
  }
  /// The payment's line in the bank's books once it has that status, or after two seconds.
  json::object line_with(const std::string& payment_id, std::string_view status) {
    json::object line;
    for (int attempt = 0; attempt < 400; ++attempt) {
      const json::object books = control("/sandbox/books");
      for (const json::value& item : books.at("payments").as_array()) {
        const json::object& payment = item.as_object();
        if (find_text(payment, "domestic_payment_id") == payment_id) line = payment;
      }
      if (find_text(line, "status") == status) break;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    EXPECT_EQ(find_text(line, "status"), status);
    return line;
  }

  std::string_view pisp_ = kPisp;  ///< The version that is called.
  const std::string& directory_ = shared().directory;
  const Sandbox* sandbox_ = &shared().sandbox;
  SystemClock clock_;
  SystemEntropy entropy_;
  std::unique_ptr<Host> host_ = make_thread_host(clock_);
  BankOptions options_;
  std::optional<PrivateKey> key_;
  std::unique_ptr<Bank> bank_;
  std::unique_ptr<net::CurlClient> client_;
  std::unique_ptr<net::CurlClient> bare_client_;
};

}  // namespace remit::lab::bank
