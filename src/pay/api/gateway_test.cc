#include "pay/api/gateway.h"

#include "kit/base/manual_host.h"
#include "kit/engine/memory/memory_checkpoint_store.h"
#include "kit/journal/memory/memory_journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace remit::api {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class Nobody final : public Authenticator {
 public:
  Result<Caller> authenticate(const net::HttpRequest&) const override {
    return fail(ErrorCode::Unauthenticated, "api_key_missing", "Send a key.");
  }
};

class GatewayTest : public testing::Test {
 protected:
  static std::unique_ptr<engine::Engines> open(const engine::Registry& registry,
                                               engine::Engine::Ports ports) {
    auto engines = engine::Engines::open(registry, ports, {});
    CHECK(engines.has_value(), "{}", engines.error().describe());
    return *std::move(engines);
  }
  /// What a client hears of a page that fails so.
  net::HttpResponse heard_of(const Error& error) {
    Gateway gateway{{.engines = *engines_,
                     .authenticator = nobody_,
                     .clock = host_.clock(),
                     .entropy = entropy_,
                     .read_sides = {},
                     .receipt_key = {},
                     .log = service::Logger(log_, "http")}};
    gateway.add_page("GET", "/things/{id}", [&](const Request&, net::Responder respond) {
      respond(gateway.problem(error));
    });
    net::HttpResponse heard;
    gateway.handle({.method = "GET", .path = "/things/7", .query = "name=Bloggs"},
                   [&heard](net::HttpResponse response) { heard = std::move(response); });
    return heard;
  }

  ManualHost host_{1};
  SeededEntropy entropy_{1};
  journal::MemoryJournal journal_;
  engine::MemoryCheckpointStore checkpoints_;
  const engine::Registry registry_;
  std::unique_ptr<engine::Engines> engines_ = open(registry_, {journal_, checkpoints_, host_});
  const Nobody nobody_;
  std::vector<std::string> lines_;
  service::Log log_{host_.clock(), service::LogLevel::Info,
                    [this](std::string_view line) { lines_.emplace_back(line); }};
};

TEST_F(GatewayTest, logs_why_an_answer_is_500_and_tells_nobody_else) {
  const net::HttpResponse heard =
      heard_of({ErrorCode::Internal, "sqlite_failed", "no such table: payments", {}, nullptr});
  EXPECT_EQ(heard.status, 500);
  EXPECT_THAT(heard.body, Not(HasSubstr("no such table")));
  EXPECT_THAT(lines_, ElementsAre(AllOf(HasSubstr(R"("level":"error","component":"http")"),
                                        HasSubstr(R"("code":"sqlite_failed")"),
                                        HasSubstr("no such table: payments"),
                                        HasSubstr(R"("route":"/things/{id}","status":500)"),
                                        Not(HasSubstr("Bloggs")), Not(HasSubstr("things/7")))));
}

TEST_F(GatewayTest, logs_no_refusals) {
  for (const ErrorCode code : {ErrorCode::InvalidArgument, ErrorCode::NotFound,
                               ErrorCode::Unavailable, ErrorCode::DeadlineExceeded}) {
    EXPECT_NE(heard_of({code, "some_reason", "Some message.", {}, nullptr}).status, 500);
  }
  EXPECT_THAT(lines_, IsEmpty());
}

TEST_F(GatewayTest, what_a_database_says_of_itself_is_for_the_log) {
  const std::string said = "SQLite could not run 'SELECT state FROM states'";
  for (const auto& [code, reason] :
       {std::pair{ErrorCode::OutcomeUnknown, "disk_error"},
        std::pair{ErrorCode::Unavailable, "database_busy"},
        std::pair{ErrorCode::FailedPrecondition, "database_not_accessible"},
        std::pair{ErrorCode::Corrupt, "database_corrupt"},
        std::pair{ErrorCode::Unavailable, "disk_full"}}) {
    lines_.clear();
    const net::HttpResponse heard = heard_of(when_rows_fail({code, reason, said, {}, nullptr}));
    EXPECT_EQ(heard.status, 500) << reason;
    EXPECT_THAT(heard.body, Not(HasSubstr("SELECT"))) << reason;
    EXPECT_THAT(lines_, ElementsAre(HasSubstr("SELECT state"))) << reason;
  }
  const Error wrong{
      ErrorCode::InvalidArgument, "cursor_invalid", "Take the one given.", {}, nullptr};
  EXPECT_EQ(heard_of(when_rows_fail(wrong)).status, 400);
}

}  // namespace
}  // namespace remit::api
