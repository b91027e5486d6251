#include "app/served_api_test.h"

#include <gmock/gmock.h>

namespace remit::app {
namespace {

using testing::HasSubstr;
using testing::Not;

/// What clients see of the API while the key of what is theirs cannot be read.
class UnreadableKeys : public ServedApi {
 protected:
  /// While it lives, a disk that cannot give the client's key, which wraps those of its payers. A server that ran before may
  /// have it in memory.
  class Break {
   public:
    Break() {
      for (const auto& entry : std::filesystem::recursive_directory_iterator(data() + "/keys")) {
        if (entry.path().filename() == client_ + ".key") file_ = entry.path();
      }
      EXPECT_FALSE(file_.empty());
      std::filesystem::rename(file_, away());
      std::filesystem::create_directory(file_);
    }
    Break(const Break&) = delete;
    Break& operator=(const Break&) = delete;
    ~Break() {
      std::filesystem::remove(file_);
      std::filesystem::rename(away(), file_);
    }

   private:
    std::string away() const { return file_.string() + ".away"; }
    std::filesystem::path file_;
  };

  static constexpr std::string_view kPayment =
      R"({"amount":{"amount":1250,"currency":"GBP"},"creditor":{"name":"Fern & Sons Ltd",)"
      R"("sort_code":"204514","account_number":"10000001"},"reference":"INV 0001"})";
  static constexpr std::string_view kPayee =
      R"({"name":"Fern & Sons","sort_code":"204514","account_number":"10000001",)"
      R"("account_type":"business"})";

  std::string made(std::string path, std::string_view body) {
    const Answer answer = call("POST", std::move(path), std::string(body));
    EXPECT_EQ(answer.status, 201) << answer.response.body;
    return answer.text("id");
  }
  void expect_fault(net::ClientRequest asked) {
    const std::string what = asked.url;
    const Answer answer = send(std::move(asked));
    EXPECT_EQ(answer.status, 500) << what << "\n" << answer.response.body;
    EXPECT_EQ(answer.text("code"), "internal") << what;
    EXPECT_THAT(answer.response.body, Not(HasSubstr(".key"))) << what;
  }
};

TEST_F(UnreadableKeys, NobodyIsShownAsErasedWhoIsNot) {
  const std::string payment = made("/v1/payments", kPayment);
  const std::string verification = made("/v1/payee_verifications", kPayee);
  const std::string endpoint =
      made("/v1/webhook_endpoints", R"({"url":"https://shop.example/hook"})");
  const std::vector<std::pair<std::string, std::string>> pages = {
      {"/v1/payments/" + payment, "Fern"},
      {"/v1/payments", "Fern"},
      {"/v1/payee_verifications/" + verification, "Fern"},
      {"/v1/webhook_endpoints/" + endpoint + "/keys", "whsec_"},
  };
  net::ClientRequest cancel;
  {
    const Break broken;
    restart();
    cancel = request("POST", "/v1/payments/" + payment + "/cancel");
    for (const auto& [path, sealed] : pages) expect_fault(request("GET", path));
    expect_fault(cancel);
    EXPECT_FALSE(ask_admin(data(), "POST", "/admin/payments/" + payment + "/reveal", "{}"));
  }
  for (const auto& [path, sealed] : pages) {
    const Answer answer = call("GET", path);
    EXPECT_EQ(answer.status, 200) << path;
    EXPECT_THAT(answer.response.body, HasSubstr(sealed)) << path;
  }
  // It was cancelled all the same, and says so to whoever asks again as the problem advises.
  const Answer cancelled = send(cancel);
  EXPECT_EQ(cancelled.text("status"), "cancelled") << cancelled.response.body;
  EXPECT_EQ(cancelled.text("creditor.name"), "Fern & Sons Ltd");
  EXPECT_EQ(cancelled.header("Idempotent-Replayed"), "true");
}

}  // namespace
}  // namespace remit::app
