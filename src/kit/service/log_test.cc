#include "kit/service/log.h"

#include "kit/base/codec/json_document.h"
#include "kit/base/manual_host.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace remit::service {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

class LogTest : public testing::Test {
 protected:
  ManualHost host_{1};
  std::vector<std::string> lines_;
  Log log_{host_.clock(), LogLevel::Info,
           [this](std::string_view line) { lines_.emplace_back(line); }};
  Logger logger_{log_, "http"};
};

TEST_F(LogTest, writes_one_json_object_per_line) {
  logger_.info(
      "Payment \"accepted\"\n",
      {field("payment_id", TypeId("pay", {1})), field("attempt", 2), field("bytes", std::size_t{3}),
       field("replayed", true), field("bank", "north"), field("took_us", Duration(1500))});
  ASSERT_THAT(lines_, SizeIs(1));
  EXPECT_EQ(lines_[0],
            "{\"time\":\"2026-01-01T00:00:00Z\",\"level\":\"info\",\"component\":\"http\","
            "\"message\":\"Payment \\\"accepted\\\"\\n\",\"payment_id\":\"" +
                TypeId("pay", {1}).to_string() +
                "\",\"attempt\":2,\"bytes\":3,\"replayed\":true,\"bank\":\"north\","
                "\"took_us\":1500}\n");
}

TEST_F(LogTest, leaves_out_what_is_below_its_level) {
  logger_.debug("quiet");
  EXPECT_THAT(lines_, SizeIs(0));
  log_.set_level(LogLevel::Debug);
  logger_.debug("loud");
  log_.set_level(LogLevel::Error);
  logger_.warn("quiet");
  logger_.error("loud");
  EXPECT_THAT(lines_, SizeIs(2));
  EXPECT_THAT(lines_[1], HasSubstr(R"("level":"error")"));
}

TEST_F(LogTest, masks_personal_data) {
  logger_.info("Paid", {masked("iban", "GB29NWBK60161331926819"), masked("name", "Jo Bloggs"),
                        masked("sort_code", "601613")});
  EXPECT_THAT(lines_[0], HasSubstr(R"("iban":"***6819","name":"***","sort_code":"***")"));
}

TEST_F(LogTest, carries_traces_and_errors) {
  SeededRandom random(1);
  const Trace trace = next_span(std::nullopt, random);
  const Error cause{ErrorCode::Unavailable, "disk_full", "The disk is full.", {}, nullptr};
  logger_.error("Stopped", {field(trace), field(cause)});
  EXPECT_THAT(lines_[0], HasSubstr("\"trace_id\":\"" +
                                   to_hex(std::as_bytes(std::span(trace.trace_id))) + "\""));
  EXPECT_THAT(lines_[0], HasSubstr("disk_full"));
}

TEST_F(LogTest, cuts_texts_and_fields_and_stays_json) {
  const std::string text(100'000, 'x');
  logger_.info(text, {field("text", text), field("broken", "\xff\xfe")});
  EXPECT_LT(lines_[0].size(), 3 * kLogTextBytesMax);
  EXPECT_THAT(lines_[0], HasSubstr("xxx...\""));
  EXPECT_TRUE(codec::JsonDocument::parse(lines_[0], {}));
  const LogField f = field("n", 1);
  log_.write(LogLevel::Info, "test", "many", {f, f, f, f, f, f, f, f, f, f, f, f, f, f, f, f, f,
                                              f, f, f, f, f, f, f, f, f, f, f, f, f, f, f, f, f});
  EXPECT_THAT(lines_[1], HasSubstr(R"("fields_left_out":2)"));
}

TEST_F(LogTest, lines_of_several_threads_do_not_mix) {
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < 100; ++i) logger_.info("line", {field("thread", thread)});
    });
  }
  for (auto& thread : threads) thread.join();
  ASSERT_THAT(lines_, SizeIs(400));
  for (const auto& line : lines_) EXPECT_TRUE(codec::JsonDocument::parse(line, {})) << line;
}

}  // namespace
}  // namespace remit::service
