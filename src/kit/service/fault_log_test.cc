#include "kit/service/fault_log.h"

#include "kit/base/manual_host.h"
#include "kit/net/problem.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace remit::service {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

const Error kFault{ErrorCode::Internal, "sqlite_failed", "The query failed.", {}, nullptr};

class FaultLogTest : public testing::Test {
 protected:
  /// What becomes of a payment's request that the handler answers.
  net::HttpResponse serve(net::RouteHandler handler, std::string traceparent = {}) {
    net::Router router;
    router.add("POST", "/v1/payments/{id}", std::move(handler));
    net::HttpRequest request{.method = "POST",
                             .path = "/v1/payments/pay_secret",
                             .query = "name=Bloggs",
                             .headers = {},
                             .body = "GB29NWBK60161331926819",
                             .peer = {}};
    if (!traceparent.empty()) request.headers.add("traceparent", std::move(traceparent));
    net::HttpResponse given;
    handle_logged(router, logger_, std::move(request),
                  [&given](net::HttpResponse response) { given = std::move(response); });
    return given;
  }
  net::HttpResponse serve(const Error& error) {
    return serve([error](const net::RoutedRequest&, net::Responder respond) {
      respond(net::problem_response(error));
    });
  }

  ManualHost host_{1};
  std::vector<std::string> lines_;
  Log log_{host_.clock(), LogLevel::Debug,
           [this](std::string_view line) { lines_.emplace_back(line); }};
  Logger logger_{log_, "http"};
};

TEST_F(FaultLogTest, tells_operators_what_clients_are_not_told) {
  const net::HttpResponse answer = serve(kFault);
  EXPECT_EQ(answer.status, 500);
  EXPECT_THAT(answer.body, Not(HasSubstr("query failed")));
  EXPECT_THAT(lines_, ElementsAre("{\"time\":\"2026-01-01T00:00:00Z\",\"level\":\"error\","
                                  "\"component\":\"http\",\"message\":"
                                  "\"A request failed on our side.\",\"code\":\"sqlite_failed\","
                                  "\"error\":\"" +
                                  kFault.describe() +
                                  "\",\"method\":\"POST\",\"route\":\"/v1/payments/{id}\","
                                  "\"status\":500,\"trace_id\":\"\"}\n"));
}

TEST_F(FaultLogTest, has_the_causes_and_the_trace) {
  Error wide = Error(kFault).wrap(ErrorCode::Corrupt, "row_damaged", "A row does not decode.");
  serve([&wide](const net::RoutedRequest&,
                net::Responder respond) { respond(net::problem_response(wide)); },
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  ASSERT_THAT(lines_, SizeIs(1));
  EXPECT_THAT(lines_[0], HasSubstr(R"("code":"row_damaged")"));
  EXPECT_THAT(lines_[0], HasSubstr("sqlite_failed"));
  EXPECT_THAT(lines_[0], HasSubstr(R"("trace_id":"4bf92f3577b34da6a3ce929d0e0e4736")"));
}

TEST_F(FaultLogTest, says_nothing_of_whose_request_it_was) {
  serve(kFault);
  ASSERT_THAT(lines_, SizeIs(1));
  for (const char* personal : {"pay_secret", "Bloggs", "GB29"}) {
    EXPECT_THAT(lines_[0], Not(HasSubstr(personal)));
  }
}

TEST_F(FaultLogTest, says_nothing_of_refusals_and_of_backpressure) {
  for (int code = 1; code <= static_cast<int>(ErrorCode::Internal); ++code) {
    const auto refusal = static_cast<ErrorCode>(code);
    if (refusal == ErrorCode::Corrupt || refusal == ErrorCode::Internal) continue;
    EXPECT_NE(serve({refusal, "some_reason", "Some message.", {}, nullptr}).status, 500);
  }
  serve([](const net::RoutedRequest&, net::Responder respond) {
    respond(net::json_response(200, "{}"));
  });
  EXPECT_THAT(lines_, IsEmpty());
}

TEST_F(FaultLogTest, a_503_is_logged_when_what_it_rests_on_does_not_pass_by_itself) {
  const auto answered = [this](ErrorCode cause) {
    Error inner{cause, "disk_error", "/data/keys/payers.db: EIO", {}, nullptr};
    const Error error = std::move(inner).wrap(ErrorCode::Unavailable, "keyring_failed", "Keys.");
    EXPECT_EQ(serve(error).status, 503);
  };
  answered(ErrorCode::Unavailable);
  EXPECT_THAT(lines_, IsEmpty());
  answered(ErrorCode::OutcomeUnknown);
  ASSERT_THAT(lines_, SizeIs(1));
  EXPECT_THAT(lines_[0], AllOf(HasSubstr(R"("code":"keyring_failed")"), HasSubstr("payers.db"),
                               HasSubstr(R"("status":503)")));
}

TEST_F(FaultLogTest, what_is_not_answered_or_has_no_reason_is_a_fault) {
  serve([](const net::RoutedRequest&, const net::Responder&) {});
  serve([](const net::RoutedRequest&, net::Responder respond) {
    respond(net::json_response(500, "{}"));
  });
  ASSERT_THAT(lines_, SizeIs(2));
  EXPECT_THAT(lines_[0], HasSubstr("not_answered"));
  EXPECT_THAT(lines_[1], HasSubstr("fault_unnamed"));
}

}  // namespace
}  // namespace remit::service
